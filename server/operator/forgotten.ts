import { readFile } from 'node:fs/promises';
import type { Model } from '../flow/model.ts';
import { historyPath } from '../store/place.ts';
import { lastStanding } from '../store/standing.ts';
import type { Forgotten } from '../run/reports/forgotten.ts';
import { withHistory } from './places.ts';

/** Hosts that the file no longer names, and topologies whose file is gone or is another's by now. */
export async function forgottenBy(
  model: Model,
  { lab }: { readonly lab?: boolean | undefined },
): Promise<readonly Forgotten[]> {
  if (lab === true) return [];
  const all = await withHistory({ path: historyPath(), labFolder: null }, [], (history) =>
    lastStanding(history, new Date()),
  );
  const found: Forgotten[] = [];
  for (const { topology, host, access, run, file } of all) {
    const named = topology === model.topology ? model.hosts.has(host) : await isStillNamed(topology, file);
    if (!named) found.push({ topology, host, access, run });
  }
  return found;
}

/** What came from stdin or a plan may still lie anywhere. */
async function isStillNamed(topology: string, file: string | null): Promise<boolean> {
  if (file === null) return true;
  try {
    const [, name] = /^topology:\s*["']?([a-z0-9-]+)/m.exec(await readFile(file, 'utf8')) ?? [];
    return name === undefined || name === topology;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
