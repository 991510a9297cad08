/**
 * `work` for each item, so many at a time, the answers in the order of the items. Throws what the first that fails throws; by
 * then nothing of it is under way any more, and nothing further was begun.
 */
export async function eachAtMost<T, R>(
  limit: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length && !failed; index = next++) {
      const item = items[index] as T;
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  for (const each of workers) if (each.status === 'rejected') throw each.reason;
  return results;
}
