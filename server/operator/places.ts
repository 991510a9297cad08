import { findHistory } from '../store/history.ts';
import type { History } from '../store/history.ts';
import { historyIn, historyPath } from '../store/place.ts';
import type { Place, RunOptions } from './found-run.ts';

/** This user's history, or those of all running labs. */
export async function historyPlaces({ lab }: RunOptions): Promise<readonly Place[]> {
  if (lab !== true) return [{ path: historyPath(), labFolder: null }];
  const { labList } = await import('../lab/index.ts');
  return (await labList()).map(({ folder }) => ({ path: historyIn(folder), labFolder: folder }));
}

export async function withHistory<T>({ path }: Place, absent: T, read: (history: History) => Promise<T>): Promise<T> {
  const history = await findHistory(path);
  if (history === null) return absent;
  try {
    return await read(history);
  } finally {
    await history.close();
  }
}
