/** In: a pool, and hosts that are lost. Out: where each that was there is started again, and who finds no room. */
import type { Amount } from './amount.ts';
import { fits, minus } from './amount.ts';
import type { Item } from './packing.ts';
import { pack } from './packing.ts';
import type { Mover, Pool } from './pool.ts';
import { inTurn, ranked } from './rank.ts';

export interface Refuge {
  /**
   * Of those that are protected: `all` have a place, `not-all` is proven to be impossible, `unknown`: no way was found for all,
   * and none was excluded.
   */
  readonly outcome: 'all' | 'not-all' | 'unknown';
  /** Who is started where. */
  readonly moved: ReadonlyMap<string, string>;
  /** Who finds no room, in order of name. */
  readonly homeless: readonly Mover[];
}

/** The protected first, whatever has to be tried for that; then as many as go in of those that are restarted if room is left. */
export function refugeFor(pool: Pool, lost: ReadonlySet<string>): Refuge {
  const displaced = pool.movers.filter(({ on }) => on.length > 0 && on.every((host) => lost.has(host)));
  if (displaced.length === 0) return { outcome: 'all', moved: new Map(), homeless: [] };
  const free = roomWithout(pool, lost);
  const moved = new Map<string, string>();
  const outcome = settleProtected(pool, displaced, free, moved);
  const others = displaced.filter(({ protection }) => protection === 'restart');
  for (const [name, host] of greedily(pool, others, free)) moved.set(name, host);
  const homeless = displaced.filter(({ name }) => !moved.has(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { outcome, moved, homeless };
}

/** Only whether the protected find a place: what counting failures asks again and again. */
export function hasRefuge(pool: Pool, lost: ReadonlySet<string>): Refuge['outcome'] {
  const displaced = pool.movers.filter(
    ({ on, protection }) => protection === 'protected' && on.length > 0 && on.every((host) => lost.has(host)),
  );
  if (displaced.length === 0) return 'all';
  return OUTCOMES[pack(asItems(displaced), roomWithout(pool, lost)).answer];
}

const OUTCOMES = { fits: 'all', 'too-much': 'not-all', unknown: 'unknown' } as const;

function settleProtected(
  pool: Pool,
  displaced: readonly Mover[],
  free: Map<string, Amount>,
  moved: Map<string, string>,
): Refuge['outcome'] {
  const first = displaced.filter(({ protection }) => protection === 'protected');
  const rankedWay = greedily(pool, first, new Map(free));
  const packing = rankedWay.size === first.length ? null : pack(asItems(first), free);
  const where = packing?.answer === 'fits' ? packing.where : rankedWay;
  for (const { name, needs } of first) {
    const host = where.get(name);
    const room = host === undefined ? undefined : free.get(host);
    if (host === undefined || room === undefined) continue;
    moved.set(name, host);
    free.set(host, minus(room, needs));
  }
  return packing === null ? 'all' : OUTCOMES[packing.answer];
}

export function roomWithout({ hosts }: Pool, lost: ReadonlySet<string>): Map<string, Amount> {
  return new Map(
    [...hosts.values()].flatMap(({ name, capacity, used }) =>
      lost.has(name) ? [] : [[name, minus(capacity, used)] as const],
    ),
  );
}

function asItems(movers: readonly Mover[]): readonly Item[] {
  return movers.map(({ name, needs, mayRunOn }) => ({ name, needs, bins: mayRunOn }));
}

/** Each to the host that it would rather be on; those that find no room are left out. Takes from `free`. */
function greedily(
  { topology, hosts }: Pool,
  movers: readonly Mover[],
  free: Map<string, Amount>,
): ReadonlyMap<string, string> {
  const capacity = new Map([...hosts.values()].map((host) => [host.name, host.capacity]));
  const where = new Map<string, string>();
  for (const { name, needs, mayRunOn } of inTurn(topology, movers)) {
    const open = mayRunOn.filter((each) => free.has(each) && fits(needs, free.get(each) ?? needs));
    const [host] = ranked(topology, name, open, capacity);
    const room = host === undefined ? undefined : free.get(host);
    if (host === undefined || room === undefined) continue;
    where.set(name, host);
    free.set(host, minus(room, needs));
  }
  return where;
}
