import { Failure } from '../core/failure.ts';
import type { TopologyFolder } from './folder.ts';

/** Models that a thread keeps, so that more would only push out those before them. */
const MOST_DRAWN = 4;

/**
 * Compiles what lies in a folder, and writes its maps, before anybody asks: whoever opens the page next does not wait for threads
 * to start and files to be read. What cannot be read or is too large is told to those who ask for it.
 */
export async function makeReady(folder: TopologyFolder): Promise<void> {
  const names = (await unlessRefused(folder.names())) ?? [];
  for (const name of names) {
    await unlessRefused(folder.read(name));
    if (names.length <= MOST_DRAWN) await unlessRefused(folder.work(name, 'graph', null));
  }
}

async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
