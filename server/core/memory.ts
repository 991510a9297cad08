import { getHeapStatistics } from 'node:v8';

/** Megabytes of a heap that is left to the engine: it does best with small ones. */
const SMALL = 96;
/** Megabytes that may be used beyond what was found in use last, before it is looked again which of it still is. */
const STEP = 16;

let inUse = 0;

/**
 * Gives back what is not in use any more, where that may be much: to be called between the steps of long work. Left to itself
 * the engine lets a heap that grows double before it looks, and goes on growing it while it does; a hundred thousand objects
 * then take half as much again as they need.
 * Does nothing where the process was started without `--expose-gc`.
 */
export function giveBackMemory(): void {
  if (globalThis.gc === undefined) return;
  const used = megabytesUsed();
  if (used < SMALL || used < inUse + STEP) return;
  globalThis.gc();
  inUse = megabytesUsed();
}

function megabytesUsed(): number {
  return getHeapStatistics().used_heap_size / 2 ** 20;
}
