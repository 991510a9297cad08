/**
 * In: a pool. Out: how many of its hosts may fail at once with every protected guest and gateway started again on the others,
 * and which hosts would be too many. More lost hosts are never less of a loss (there is more to place and less room), so that
 * the smallest number that is too many decides. Hosts that are alike (the same room, the same load, carrying the same) stand
 * for each other: of eighteen servers of two sorts few sets are really different, and those are all tried.
 */
import type { Mover, Pool } from './pool.ts';
import { refugeFor, hasRefuge } from './without.ts';

export interface FailureCapacity {
  /** Hosts that share no guest with another group survive on their own; in order of their first host. */
  readonly groups: readonly GroupCapacity[];
  /** Of all groups the least; `null` where nothing is protected. */
  readonly survives: number | null;
  /** Whether it is the exact number; else it is at least that. */
  readonly exact: boolean;
}

export interface GroupCapacity {
  readonly hosts: readonly string[];
  /** Protected guests and gateways whose hosts these are. */
  readonly protected: number;
  readonly survives: number;
  readonly exact: boolean;
  /** Of the smallest sets that are too many the one that leaves most without a place; `null` where none was found. */
  readonly tooMany: TooMany | null;
}

export interface TooMany {
  readonly hosts: readonly string[];
  readonly homeless: readonly string[];
  /** How many sets of so many hosts are too many, and how many there are. */
  readonly sets: number;
  readonly of: number;
}

/** Sets of hosts that are looked at for one group: each takes some microseconds. */
const MOST_SETS = 20_000;

export function failureCapacity(pool: Pool, mostSets = MOST_SETS): FailureCapacity {
  const groups = groupsOf(pool).map((group) => groupCapacity(group, mostSets));
  const survives = groups.length === 0 ? null : Math.min(...groups.map((each) => each.survives));
  return { groups, survives, exact: groups.every((each) => each.exact || each.survives > (survives ?? 0)) };
}

/** Hosts that a protected guest may go between are in one group. */
function groupsOf(pool: Pool): readonly Pool[] {
  const movers = pool.movers.filter(({ protection, on }) => protection === 'protected' && on.length > 0);
  const groupOf = new Map<string, Set<string>>();
  for (const list of new Set(movers.map(hostsOf).map((hosts) => hosts.join(' ')))) {
    const names = list.split(' ');
    const joined = new Set(names.flatMap((name) => [...(groupOf.get(name) ?? [name])]));
    for (const name of joined) groupOf.set(name, joined);
  }
  const sets = [...new Set(groupOf.values())].map((set) => [...set].sort());
  return sets
    .toSorted((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))
    .map((names) => ({
      topology: pool.topology,
      hosts: new Map(names.flatMap((name) => [[name, pool.hosts.get(name)] as const]).filter(isThere)),
      movers: movers.filter(({ on }) => names.includes(on[0] ?? '')),
    }));
}

function isThere<T>(entry: readonly [string, T | undefined]): entry is readonly [string, T] {
  return entry[1] !== undefined;
}

function hostsOf({ on, mayRunOn }: Mover): readonly string[] {
  return [...new Set([...on, ...mayRunOn])];
}

function groupCapacity(group: Pool, mostSets: number): GroupCapacity {
  const classes = alike(group);
  const all = [...group.hosts.keys()];
  const about = { hosts: all, protected: group.movers.length };
  let left = mostSets;
  for (let count = 1; count <= all.length; count += 1) {
    const found = new Found();
    for (const lost of setsOf(classes, count)) {
      left -= 1;
      if (left < 0) return { ...about, survives: count - 1, exact: false, tooMany: found.worst(group, count) };
      found.take(hasRefuge(group, new Set(lost.hosts)), lost);
    }
    if (found.tooMany.length > 0)
      return { ...about, survives: count - 1, exact: true, tooMany: found.worst(group, count) };
    if (found.unsure) return { ...about, survives: count - 1, exact: false, tooMany: null };
  }
  return { ...about, survives: all.length, exact: true, tooMany: null };
}

/** What the sets of one size are. */
class Found {
  readonly tooMany: HostSet[] = [];
  unsure = false;

  take(outcome: ReturnType<typeof hasRefuge>, set: HostSet): void {
    if (outcome === 'not-all') this.tooMany.push(set);
    if (outcome === 'unknown') this.unsure = true;
  }

  worst(group: Pool, count: number): TooMany | null {
    const lists = this.tooMany.map(({ hosts }) => ({
      hosts,
      homeless: refugeFor(group, new Set(hosts)).homeless.map(({ name }) => name),
    }));
    const [worst] = lists.toSorted((a, b) => b.homeless.length - a.homeless.length);
    if (worst === undefined) return null;
    const sets = this.tooMany.reduce((all, { stands }) => all + stands, 0);
    return { ...worst, sets, of: choose(group.hosts.size, count) };
  }
}

/** Hosts that may stand for each other: to swap two of them changes nothing but names. */
function alike({ hosts, movers }: Pool): readonly (readonly string[])[] {
  const lists = [...new Set(movers.map(({ mayRunOn }) => mayRunOn.join(' ')))].map((list) => new Set(list.split(' ')));
  const signature = (name: string): string => {
    const host = hosts.get(name);
    const here = movers.filter(({ on }) => on.includes(name)).map((mover) => signatureOf(mover));
    const carries = lists.map((list) => (list.has(name) ? '1' : '0')).join('');
    return [
      host?.capacity.cpus,
      host?.capacity.memory,
      host?.used.cpus,
      host?.used.memory,
      carries,
      ...here.sort(),
    ].join('\n');
  };
  return [...Map.groupBy(hosts.keys(), signature).values()];
}

function signatureOf({ name, needs, on, mayRunOn }: Mover): string {
  const whose = on.length === 1 ? '' : name;
  return `${whose} ${String(needs.cpus)} ${String(needs.memory)} ${mayRunOn.join(' ')}`;
}

interface HostSet {
  readonly hosts: readonly string[];
  /** For how many sets of hosts that are alike. */
  readonly stands: number;
}

function* setsOf(classes: readonly (readonly string[])[], count: number, from = 0): Generator<HostSet> {
  if (count === 0) {
    yield { hosts: [], stands: 1 };
    return;
  }
  const [own, rest] = [classes[from], classes.slice(from + 1).reduce((all, each) => all + each.length, 0)];
  if (own === undefined) return;
  for (let taken = Math.min(own.length, count); taken >= Math.max(0, count - rest); taken -= 1) {
    for (const { hosts, stands } of setsOf(classes, count - taken, from + 1))
      yield { hosts: [...own.slice(0, taken), ...hosts], stands: stands * choose(own.length, taken) };
  }
}

function choose(of: number, count: number): number {
  let ways = 1;
  for (let at = 1; at <= count; at += 1) ways = (ways * (of - count + at)) / at;
  return Math.round(ways);
}
