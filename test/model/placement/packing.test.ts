import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Amount } from '../../../server/model/placement/amount.ts';
import { amountText, fits, minus, missingText } from '../../../server/model/placement/amount.ts';
import type { Item } from '../../../server/model/placement/packing.ts';
import { pack } from '../../../server/model/placement/packing.ts';

const GIB = 2 ** 30;

function item(name: string, cpus: number, memory: number, bins: readonly string[]): Item {
  return { name, needs: { cpus, memory: memory * GIB }, bins };
}

function room(bins: Readonly<Record<string, readonly [number, number]>>): Map<string, Amount> {
  return new Map(Object.entries(bins).map(([name, [cpus, memory]]) => [name, { cpus, memory: memory * GIB }]));
}

/** Every way there is. */
function canBePacked(items: readonly Item[], free: ReadonlyMap<string, Amount>): boolean {
  const [first, ...rest] = items;
  if (first === undefined) return true;
  return first.bins.some((bin) => {
    const left = free.get(bin);
    if (left === undefined || !fits(first.needs, left)) return false;
    return canBePacked(rest, new Map(free).set(bin, minus(left, first.needs)));
  });
}

function isPackedWell(
  items: readonly Item[],
  free: ReadonlyMap<string, Amount>,
  where: ReadonlyMap<string, string>,
): boolean {
  const left = new Map(free);
  return items.every(({ name, needs, bins }) => {
    const bin = where.get(name) ?? '';
    const before = left.get(bin);
    if (before === undefined || !bins.includes(bin) || !fits(needs, before)) return false;
    left.set(bin, minus(before, needs));
    return true;
  });
}

const BINS = ['a', 'b', 'c', 'd'];

const cases = fc.record({
  free: fc.array(fc.tuple(fc.integer({ min: -1, max: 7 }), fc.integer({ min: 0, max: 7 })), {
    minLength: 1,
    maxLength: 4,
  }),
  items: fc.array(
    fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.subarray(BINS, { minLength: 1 })),
    { maxLength: 7 },
  ),
});

describe('pack', () => {
  it('agrees with trying every way', () => {
    const seen = { fits: 0, 'too-much': 0 };
    fc.assert(
      fc.property(cases, (drawn) => {
        const free = new Map(
          drawn.free.map(([cpus, memory], at) => [BINS[at] ?? '', { cpus, memory: memory * GIB }] as const),
        );
        const items = drawn.items.map(([cpus, memory, bins], at) => item(`i${String(at)}`, cpus, memory, bins));
        const packing = pack(items, free);
        expect(packing.answer).toBe(canBePacked(items, free) ? 'fits' : 'too-much');
        if (packing.answer === 'unknown') return;
        seen[packing.answer] += 1;
        if (packing.answer === 'fits') expect(isPackedWell(items, free, packing.where)).toBe(true);
      }),
      { numRuns: 3000, seed: 20_261_122 },
    );
    expect(Math.min(seen.fits, seen['too-much'])).toBeGreaterThan(200);
  });

  it('finds the one way where a quick one does not', () => {
    const bins = ['a', 'b'];
    const items = [5, 4, 3, 2, 2, 2].map((cpus, at) => item(`i${String(at)}`, cpus, 0, bins));
    const packing = pack(items, room({ a: [9, 1], b: [9, 1] }));
    expect(packing.answer).toBe('fits');
  });

  it('says unknown where neither is proven within its steps', () => {
    // Odd sizes and even bins: no quick way fits, the sum does, and there are many ways to try.
    const bins = BINS;
    const items = Array.from({ length: 12 }, (_, at) => item(`i${String(at)}`, 3, at % 3, bins));
    const free = room({ a: [10, 3], b: [10, 3], c: [10, 3], d: [10, 3] });
    expect(pack(items, free, 5).answer).not.toBe('too-much');
    expect(pack(items, free).answer).toBe(canBePacked(items.slice(0, 12), free) ? 'fits' : 'too-much');
  });

  it('puts nothing on a bin that holds too much already, not even what needs nothing', () => {
    expect(pack([item('i', 0, 0, ['a'])], room({ a: [-1, 4] })).answer).toBe('too-much');
    expect(pack([item('i', 0, 0, ['a'])], room({ a: [0, 0] })).answer).toBe('fits');
  });

  it('takes a bin without an end', () => {
    const free = new Map([['a', { cpus: Infinity, memory: Infinity }]]);
    expect(pack([item('i', 900, 900, ['a']), item('j', 1, 1, ['a'])], free).answer).toBe('fits');
  });
});

describe('amounts', () => {
  it('say what is there and what is missing', () => {
    expect(amountText({ cpus: 1, memory: 512 * 2 ** 20 })).toBe('1 cpu and 512M of memory');
    expect(missingText({ cpus: 4, memory: 8 * GIB }, { cpus: 2, memory: 16 * GIB })).toBe('2 cpus');
    expect(missingText({ cpus: 4, memory: 8 * GIB }, { cpus: 4, memory: 8 * GIB })).toBe('');
  });
});
