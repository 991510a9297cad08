/**
 * Whether some items fit into the room that is left in some bins, each into one that it may go into. Bin packing in two sizes
 * is NP-hard: a quick way to pack is a proof that they fit, too little room in sum is a proof that they do not, and between the
 * two all ways are tried, up to a number of steps. Whatever neither proves is said to be unknown.
 */
import type { Amount } from './amount.ts';
import { fits, minus, plus, sum } from './amount.ts';

export interface Item {
  readonly name: string;
  readonly needs: Amount;
  /** Names of bins that it may go into. Items that share a list share the same array. */
  readonly bins: readonly string[];
}

export type Packing =
  | { readonly answer: 'fits'; /** Item → bin. */ readonly where: ReadonlyMap<string, string> }
  | { readonly answer: 'too-much' }
  | { readonly answer: 'unknown' };

/** Far more than pools of tens of hosts need, and done in a moment. */
export const MOST_STEPS = 20_000;

const TOO_MUCH: Packing = { answer: 'too-much' };

/** @param free what is left in each bin; a bin that holds too much already takes nothing, not even what needs nothing. */
export function pack(items: readonly Item[], free: ReadonlyMap<string, Amount>, mostSteps = MOST_STEPS): Packing {
  if (items.length === 0) return { answer: 'fits', where: new Map() };
  const open = items.map((item) => ({ ...item, bins: item.bins.filter((bin) => mayTake(free.get(bin), item)) }));
  if (open.some(({ bins }) => bins.length === 0) || isMoreThanThereIs(open, free)) return TOO_MUCH;
  for (const measure of MEASURES) {
    const where = firstWay(bySize(open, measure), free, measure);
    if (where !== null) return { answer: 'fits', where };
  }
  return tryAll(bySize(open, MEASURES[0]), free, mostSteps);
}

function mayTake(free: Amount | undefined, { needs }: Item): boolean {
  return free !== undefined && fits(needs, free);
}

/** How large something is, seen one way; what there is of each resource makes them comparable. */
type Measure = (amount: Amount) => number;

const GIBIBYTE = 2 ** 30;

const MEASURES: readonly [Measure, ...Measure[]] = [
  ({ cpus, memory }) => cpus + memory / GIBIBYTE,
  ({ cpus, memory }) => memory + cpus / 1e6,
  ({ cpus, memory }) => cpus + memory / 2 ** 60,
];

/** Those with the fewest bins first, then the largest. */
function bySize(items: readonly Item[], measure: Measure): readonly Item[] {
  return items.toSorted(
    (a, b) => a.bins.length - b.bins.length || measure(b.needs) - measure(a.needs) || (a.name < b.name ? -1 : 1),
  );
}

/** Best fit: each into the fullest bin that takes it. */
function firstWay(
  items: readonly Item[],
  free: ReadonlyMap<string, Amount>,
  measure: Measure,
): ReadonlyMap<string, string> | null {
  const left = new Map(free);
  const where = new Map<string, string>();
  for (const { name, needs, bins } of items) {
    let best: { readonly bin: string; readonly left: Amount } | null = null;
    for (const bin of bins) {
      const room = left.get(bin);
      if (room === undefined || !fits(needs, room)) continue;
      if (best === null || measure(room) < measure(best.left)) best = { bin, left: room };
    }
    if (best === null) return null;
    where.set(name, best.bin);
    left.set(best.bin, minus(best.left, needs));
  }
  return where;
}

/** Those that only some bins take need more than these have left between them. */
function isMoreThanThereIs(items: readonly Item[], free: ReadonlyMap<string, Amount>): boolean {
  const groups = Map.groupBy(items, ({ bins }) => bins.join(' '));
  const sets = [...groups.values()].map(([first]) => new Set(first?.bins));
  const everywhere = new Set(items.flatMap(({ bins }) => bins));
  return [...sets, everywhere].some((set) => {
    const inside = [...groups.values()].flatMap((group) =>
      group[0]?.bins.every((bin) => set.has(bin)) === true ? group : [],
    );
    const needed = sum(inside.map(({ needs }) => needs));
    const room = sum([...set].flatMap((bin) => free.get(bin) ?? []));
    return !fits(needed, room);
  });
}

interface Search {
  readonly items: readonly Item[];
  readonly left: Map<string, Amount>;
  readonly where: Map<string, string>;
  /** Of the items from each on. */
  readonly needed: readonly Amount[];
  readonly isLike: (one: number, other: number) => boolean;
  /** Bins with one name are taken by the same items. */
  readonly sortOf: ReadonlyMap<string, string>;
  steps: number;
}

/** Depth first; items that are alike go in one order only, and of bins that are alike only the first is tried. */
function tryAll(items: readonly Item[], free: ReadonlyMap<string, Amount>, mostSteps: number): Packing {
  const kinds = items.map(({ needs, bins }) => `${String(needs.cpus)} ${String(needs.memory)} ${bins.join(' ')}`);
  const takers = new Map<string, Set<string>>();
  for (const [at, { bins }] of items.entries())
    for (const bin of bins) takers.set(bin, (takers.get(bin) ?? new Set()).add(kinds[at] ?? ''));
  const needed: Amount[] = [];
  for (const { needs } of items.toReversed()) needed.unshift(needed[0] === undefined ? needs : plus(needs, needed[0]));
  const search: Search = {
    ...{ items, needed, steps: mostSteps, where: new Map() },
    left: new Map([...takers.keys()].flatMap((bin) => [[bin, free.get(bin) ?? { cpus: -1, memory: -1 }] as const])),
    isLike: (one, other) => kinds[one] === kinds[other],
    sortOf: new Map([...takers].map(([bin, set]) => [bin, [...set].sort().join('\n')])),
  };
  const found = place(search, 0, -1);
  if (found) return { answer: 'fits', where: search.where };
  return search.steps <= 0 ? { answer: 'unknown' } : TOO_MUCH;
}

/** @param from in the list of the item's bins; those before were tried by one that is like it */
function place(search: Search, at: number, from: number): boolean {
  const item = search.items[at];
  if (item === undefined) return true;
  const { left, where } = search;
  const total = search.needed[at];
  if (total !== undefined && !fits(total, sum([...left.values()].filter(isRoom)))) return false;
  const tried = new Set<string>();
  for (const [index, bin] of item.bins.entries()) {
    const room = left.get(bin);
    if (index < from || room === undefined || !fits(item.needs, room)) continue;
    const state = `${String(room.cpus)} ${String(room.memory)} ${search.sortOf.get(bin) ?? ''}`;
    if (tried.has(state)) continue;
    tried.add(state);
    search.steps -= 1;
    if (search.steps <= 0) return false;
    left.set(bin, minus(room, item.needs));
    where.set(item.name, bin);
    if (place(search, at + 1, search.isLike(at, at + 1) ? index : -1)) return true;
    left.set(bin, room);
    where.delete(item.name);
  }
  return false;
}

function isRoom({ cpus, memory }: Amount): boolean {
  return cpus >= 0 && memory >= 0;
}
