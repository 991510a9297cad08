/** Numbers from a seed: the same ones wherever it runs. */
export interface Chance {
  /** From 0 to `below` - 1. */
  upTo(below: number): number;
  pick<T>(list: readonly T[]): T;
  /** One in so many. */
  oneIn(many: number): boolean;
  bits(count: number): bigint;
}

/** Mulberry32. */
export function chance(seed: number): Chance {
  let state = Math.imul(seed, 0x9e_37_79_b9) >>> 0;
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const upTo = (below: number): number => next() % below;
  return {
    upTo,
    pick(list) {
      const one = list[upTo(list.length)];
      if (one === undefined) throw new RangeError('nothing to pick from');
      return one;
    },
    oneIn: (many) => upTo(many) === 0,
    bits(count) {
      let value = 0n;
      for (let have = 0; have < count; have += 32) value = (value << 32n) | BigInt(next());
      return BigInt.asUintN(count, value);
    },
  };
}
