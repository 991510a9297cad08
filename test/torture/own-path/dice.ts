/** Numbers that follow from a seed alone (mulberry32). */
export interface Dice {
  /** From 0 to `sides - 1`. */
  readonly roll: (sides: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
}

export function diceOf(seed: number): Dice {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const roll = (sides: number): number => Math.floor(next() * sides);
  return {
    roll,
    pick: (list) => {
      const found = list[roll(list.length)];
      if (found === undefined) throw new TypeError('nothing to pick from');
      return found;
    },
  };
}
