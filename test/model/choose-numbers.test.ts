/** Who gets which number: against an oracle that asks in rounds, and by what may change when a name comes or goes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digest } from '../../server/core/hash.ts';
import { chooseNumbers } from '../../server/model/choose-numbers.ts';

const SPACE = '10.0.0.0/24';

/** The numbers that a name tries, all of them, written down by the rule in words: start, then stride on until it comes round. */
function candidates(name: string, size: number): readonly number[] {
  const hash = digest('auto', SPACE, name);
  const divides = (stride: number): boolean => new Set(walk(0, stride, size)).size < size;
  let stride = 1 + (hash.readUInt32BE(4) % Math.max(1, size - 1));
  while (divides(stride)) stride = stride + 1 === size ? 1 : stride + 1;
  return walk(hash.readUInt32BE(0) % size, stride, size);
}

function walk(start: number, stride: number, size: number): number[] {
  return Array.from({ length: size }, (_, step) => (start + step * stride) % size);
}

function rank(name: string, number: number): bigint {
  const spread = (bits: bigint): bigint => {
    const mask = 0xffff_ffffn;
    let value = bits;
    value = ((value ^ (value >> 16n)) * 0x85eb_ca6bn) & mask;
    value = ((value ^ (value >> 13n)) * 0xc2b2_ae35n) & mask;
    return value ^ (value >> 16n);
  };
  return spread(BigInt(digest('auto', SPACE, name).readUInt32BE(8)) ^ spread(BigInt(number)));
}

/** All who have none ask at once for the best number that has not refused them; each number keeps one; again, until all are quiet. */
function inRounds(names: readonly string[], size: number, taken: ReadonlySet<number>): ReadonlyMap<string, number> {
  const wishes = new Map(names.map((name) => [name, candidates(name, size).filter((each) => !taken.has(each))]));
  for (;;) {
    const asked = new Map<number, string[]>();
    for (const [name, list] of wishes) {
      const [best] = list;
      if (best !== undefined) asked.set(best, [...(asked.get(best) ?? []), name]);
    }
    const crowded = [...asked].filter(([, all]) => all.length > 1);
    if (crowded.length === 0) return new Map([...asked].map(([number, all]) => [all[0] ?? '', number]));
    for (const [number, all] of crowded) {
      const [, ...refused] = all.sort((a, b) => (rank(a, number) > rank(b, number) ? -1 : 1));
      for (const name of refused) wishes.get(name)?.shift();
    }
  }
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const setting = fc
  .record({
    size: fc.integer({ min: 1, max: 40 }),
    names: fc.uniqueArray(name, { maxLength: 40 }),
    taken: fc.uniqueArray(fc.nat(39), { maxLength: 12 }),
  })
  .map(({ size, names, taken }) => {
    const inside = new Set(taken.filter((each) => each < size));
    return { size, taken: inside, names: names.slice(0, Math.max(0, size - inside.size)) };
  });

describe('chosen numbers', () => {
  test('are those of the oracle, whatever the order of the names', () => {
    fc.assert(
      fc.property(setting, fc.string(), ({ size, names, taken }, seed) => {
        const expected = inRounds(names, size, taken);
        const shuffled = [...names].sort((a, b) => digest(seed, a).compare(digest(seed, b)));
        for (const order of [names, shuffled]) {
          const chosen = chooseNumbers(order, SPACE, size, taken);
          expect(new Map([...chosen].sort())).toEqual(new Map([...expected].sort()));
        }
        expect(expected.size).toBe(names.length);
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  test('change hands only among names that wanted the very same number, from the new one on', () => {
    let moves = 0;
    fc.assert(
      fc.property(setting, name, ({ size, names, taken }, more) => {
        if (names.includes(more) || names.length + taken.size >= size) return;
        const before = chooseNumbers(names, SPACE, size, taken);
        const after = chooseNumbers([...names, more], SPACE, size, taken);
        const moved = names.filter((each) => before.get(each) !== after.get(each));
        moves += moved.length;
        const was = new Map([...before].map(([who, number]) => [number, who]));
        const is = new Map([...after].map(([who, number]) => [number, who]));
        // Each lost its number to one of higher rank, who is new or moved as well.
        for (const who of moved) {
          const number = before.get(who) ?? -1;
          const winner = is.get(number) ?? '';
          expect([more, ...moved]).toContain(winner);
          expect(rank(winner, number)).toBeGreaterThan(rank(who, number));
        }
        // From the new one on, through the numbers that each has asked for, all of them are met: nobody else moves.
        const met = new Set([more]);
        for (const who of met) {
          const asked = candidates(who, size);
          for (const number of asked.slice(0, asked.indexOf(after.get(who) ?? -1) + 1)) {
            const holder = was.get(number);
            if (holder !== undefined && moved.includes(holder)) met.add(holder);
          }
        }
        expect([...met].sort()).toEqual([more, ...moved].sort());
      }),
      { numRuns: 1500, seed: 2 },
    );
    // Without collisions nothing would have been shown.
    expect(moves).toBeGreaterThan(100);
  });

  test('are left to those of higher standing where there is no room for all', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 6, maxLength: 30 }), (names) => {
        const chosen = chooseNumbers(names, SPACE, 5, new Set([2]));
        expect(chosen.size).toBe(4);
        expect(new Set(chosen.values())).toEqual(new Set([0, 1, 3, 4]));
        const winners = [...chosen.keys()];
        expect(chooseNumbers(winners, SPACE, 5, new Set([2]))).toEqual(chosen);
      }),
    );
  });

  test('fill a network of 65,533 addresses to the last one, and 250 of 253, at a few questions a name', () => {
    for (const [count, size] of [
      [65_533, 65_533],
      [250, 253],
    ] as const) {
      const names = Array.from({ length: count }, (_, index) => `guest-${String(index)}`);
      const chosen = chooseNumbers(names, SPACE, size, new Set());
      expect(new Set(chosen.values()).size).toBe(count);
    }
  });
});
