import type { Box } from '../sets/boxes.ts';
import type { Spread } from '../sets/spread.ts';

export interface Thinned {
  readonly kept: readonly Spread[];
  readonly left: number;
}

/**
 * Of packets that a translation leads to one stack by one way, the first so many sorts. A published port is like the others that lead
 * there: of thousands, some show what all are. What arrives as it was sent stays whole.
 */
export function thinned(list: readonly Spread[], most: number): Thinned {
  const seen = new Map<string, number>();
  const kept = list.filter(({ stack, path, sent, arriving, doubts }) => {
    if (sameEnds(sent, arriving)) return true;
    const key = JSON.stringify([stack, path, doubts]);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= most;
  });
  return { kept, left: list.length - kept.length };
}

function sameEnds(one: Box, other: Box): boolean {
  return (['destinations', 'ports'] as const).every(
    (name) =>
      one[name].length === other[name].length &&
      one[name].every(
        ({ first, last }, index) => other[name][index]?.first === first && other[name][index].last === last,
      ),
  );
}
