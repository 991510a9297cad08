import { describe, expect, it } from 'vitest';

/**
 * One promise, tried out by cases that are each made from a seed alone. Every run of the tests does `inCi` of them;
 * `scripts/torture` goes on towards `target`. Figures of the cases are added up; of those called `worst …` the largest counts.
 */
export interface TortureRow {
  /** `I7` */
  readonly invariant: string;
  /** What a person can rely on: `an observation that is garbled stops everything before the first write` */
  readonly promise: string;
  /** What one case is, in the plural: `garbled observations` */
  readonly unit: string;
  readonly target: number;
  readonly inCi: number;
  open(): Promise<Rig>;
  /** Planted faults: each has to be caught within so many cases, or the checker does not count. */
  readonly mutants: readonly Mutant[];
}

export interface Mutant {
  readonly name: string;
  readonly within: number;
  open(): Promise<Rig>;
}

export interface Rig {
  /** Throws where the promise is broken. */
  one(seed: number): Promise<Figures>;
  close(): Promise<void>;
}

export type Figures = Readonly<Record<string, number>>;

export function addFigures(one: Figures, other: Figures): Figures {
  const sum: Record<string, number> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const former = sum[name] ?? 0;
    sum[name] = name.startsWith('worst ') ? Math.max(former, value) : former + value;
  }
  return sum;
}

/** The tests of a row: its share of every run, and each planted fault found. */
export function testRow(row: TortureRow, timeoutMs = 300_000): void {
  describe(`${row.invariant}: ${row.promise}`, () => {
    it(`holds over ${String(row.inCi)} ${row.unit}`, { timeout: timeoutMs }, async () => {
      const rig = await row.open();
      try {
        for (let seed = 1; seed <= row.inCi; seed += 1) await rig.one(seed);
      } finally {
        await rig.close();
      }
    });
    it.each(row.mutants)('catches $name', { timeout: timeoutMs }, async (mutant) => {
      expect(await caughtAt(mutant)).toBeLessThanOrEqual(mutant.within);
    });
  });
}

/** The seed that a planted fault was caught with; `Infinity` where none of its share did. */
export async function caughtAt(mutant: Mutant): Promise<number> {
  const rig = await mutant.open();
  try {
    for (let seed = 1; seed <= mutant.within; seed += 1) {
      const caught = await rig.one(seed).then(
        () => false,
        () => true,
      );
      if (caught) return seed;
    }
    return Infinity;
  } finally {
    await rig.close();
  }
}
