import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Amount } from '../../../server/model/placement/amount.ts';
import { fits, minus, NOTHING, plus } from '../../../server/model/placement/amount.ts';
import { failureCapacity } from '../../../server/model/placement/failures.ts';
import type { Mover, Pool, PoolHost } from '../../../server/model/placement/pool.ts';
import { refugeFor, roomWithout } from '../../../server/model/placement/without.ts';

interface Guest {
  readonly on: readonly number[];
  readonly cpus: number;
  readonly memory: number;
  readonly mayRunOn: readonly number[];
  readonly protection: Mover['protection'];
}

function poolWith(capacities: readonly Amount[], guests: readonly Guest[]): Pool {
  const nameOf = (at: number): string => `h${String(at % capacities.length)}`;
  const movers = guests.map(({ on, cpus, memory, mayRunOn, protection }, at): Mover => {
    const homes = [...new Set(on.map(nameOf))];
    return {
      ...{ kind: homes.length > 1 ? 'gateway' : 'guest', name: `g${String(at)}`, needs: { cpus, memory }, protection },
      ...{ on: homes, mayRunOn: [...new Set([...homes, ...mayRunOn.map(nameOf)])].sort() },
    };
  });
  const hosts = capacities.map((capacity, at): PoolHost => {
    const here = movers.filter(({ on }) => on.includes(nameOf(at))).map(({ needs }) => needs);
    return { name: nameOf(at), capacity, used: here.reduce(plus, NOTHING) };
  });
  return { topology: 'pool', hosts: new Map(hosts.map((host) => [host.name, host])), movers };
}

/** By trying every place for everybody. */
function allFindRoom(movers: readonly Mover[], free: ReadonlyMap<string, Amount>): boolean {
  const [first, ...rest] = movers;
  if (first === undefined) return true;
  return first.mayRunOn.some((host) => {
    const left = free.get(host);
    if (left === undefined || !fits(first.needs, left)) return false;
    return allFindRoom(rest, new Map(free).set(host, minus(left, first.needs)));
  });
}

function isTooMany(pool: Pool, lost: ReadonlySet<string>): boolean {
  const displaced = pool.movers.filter(
    ({ protection, on }) => protection === 'protected' && on.every((host) => lost.has(host)),
  );
  return !allFindRoom(displaced, roomWithout(pool, lost));
}

function subsets(names: readonly string[], count: number): readonly (readonly string[])[] {
  if (count === 0) return [[]];
  return names.flatMap((name, at) => subsets(names.slice(at + 1), count - 1).map((rest) => [name, ...rest]));
}

function bruteForce(pool: Pool): { readonly survives: number; readonly sets: number } | null {
  const names = [...pool.hosts.keys()];
  if (!pool.movers.some(({ protection }) => protection === 'protected')) return null;
  for (let count = 1; count <= names.length; count += 1) {
    const bad = subsets(names, count).filter((lost) => isTooMany(pool, new Set(lost)));
    if (bad.length > 0) return { survives: count - 1, sets: bad.length };
  }
  return { survives: names.length, sets: 0 };
}

const small = fc.integer({ min: 0, max: 3 });
const pools = fc.record({
  capacities: fc.array(fc.record({ cpus: fc.integer({ min: 2, max: 6 }), memory: fc.integer({ min: 2, max: 6 }) }), {
    minLength: 2,
    maxLength: 5,
  }),
  guests: fc.array(
    fc.record({
      on: fc.oneof(
        { weight: 5, arbitrary: fc.tuple(fc.nat(4)) },
        { weight: 1, arbitrary: fc.tuple(fc.nat(4), fc.nat(4)) },
      ),
      ...{ cpus: small, memory: small },
      mayRunOn: fc.oneof(fc.constant([0, 1, 2, 3, 4]), fc.array(fc.nat(4), { maxLength: 3 })),
      protection: fc.constantFrom<Mover['protection']>('protected', 'protected', 'restart'),
    }),
    { maxLength: 6 },
  ),
});

describe('failureCapacity', () => {
  it('is what trying every set of hosts gives', () => {
    const seen = new Map<number | null, number>();
    fc.assert(
      fc.property(pools, ({ capacities, guests }) => {
        const pool = poolWith(capacities, guests);
        const { groups, survives, exact } = failureCapacity(pool);
        const wanted = bruteForce(pool);
        seen.set(survives, (seen.get(survives) ?? 0) + 1);
        expect(exact).toBe(true);
        expect(survives).toBe(wanted?.survives ?? null);
        const [only, ...others] = groups.filter((group) => group.survives === survives);
        if (only === undefined || others.length > 0 || only.hosts.length < pool.hosts.size) return;
        expect(only.tooMany?.sets).toBe(wanted?.sets);
        expect(isTooMany(pool, new Set(only.tooMany?.hosts))).toBe(true);
        expect(only.tooMany?.homeless).not.toEqual([]);
      }),
      { numRuns: 1500, seed: 20_261_122 },
    );
    for (const count of [null, 0, 1, 2]) expect(seen.get(count) ?? 0).toBeGreaterThan(20);
  });

  it('tells the pair that is too much of hosts that are alike', () => {
    const capacities = Array.from({ length: 18 }, () => ({ cpus: 8, memory: 16 }));
    const guests = capacities.map((_, at): Guest => ({
      ...{ on: [at], cpus: 4, memory: 15, protection: 'protected' },
      mayRunOn: capacities.map((_each, other) => other),
    }));
    const empty = [...capacities, { cpus: 8, memory: 16 }];
    const { groups, survives, exact } = failureCapacity(
      poolWith(
        empty,
        guests.map((each) => ({ ...each, mayRunOn: empty.map((_each, at) => at) })),
      ),
    );
    expect([survives, exact]).toEqual([1, true]);
    expect(groups[0]?.tooMany).toEqual({
      ...{ hosts: ['h0', 'h1'], homeless: expect.any(Array) as string[] },
      // 18 of 2, and each of the 18 with the one that would have taken it in.
      ...{ sets: 153 + 18, of: 171 },
    });
    expect(groups[0]?.tooMany?.homeless).toHaveLength(1);
  });

  it('says that it is at least so many where there are too many sets to try', () => {
    const capacities = Array.from({ length: 12 }, (_, at) => ({ cpus: 50 + at, memory: 64 }));
    const guests = capacities.map((_, at): Guest => ({
      ...{ on: [at], cpus: 1, memory: 1, protection: 'protected' },
      mayRunOn: capacities.map((_each, other) => other),
    }));
    const capacity = failureCapacity(poolWith(capacities, guests), 100);
    // 12 single hosts and 66 pairs are within 100 sets, the 220 of three are not.
    expect(capacity).toMatchObject({ survives: 2, exact: false, groups: [{ tooMany: null }] });
  });

  it('counts pools apart that share no guest', () => {
    const size = { cpus: 4, memory: 4 };
    const guest = (on: number, mayRunOn: readonly number[]): Guest => ({
      ...{ on: [on], cpus: 2, memory: 2, protection: 'protected', mayRunOn },
    });
    const pool = poolWith([size, size, size, size, size], [guest(0, [0, 1, 2]), guest(3, [3, 4]), guest(4, [3, 4])]);
    const { groups, survives } = failureCapacity(pool);
    expect(groups.map(({ hosts, survives: each }) => [hosts, each])).toEqual([
      [['h0', 'h1', 'h2'], 2],
      [['h3', 'h4'], 1],
    ]);
    expect(survives).toBe(1);
  });
});

describe('refugeFor', () => {
  it('starts the protected first, the others where room is left, and never more than there is room for', () => {
    fc.assert(
      fc.property(pools, fc.nat(4), ({ capacities, guests }, at) => {
        const pool = poolWith(capacities, guests);
        const lost = new Set([`h${String(at % capacities.length)}`]);
        const { moved, homeless, outcome } = refugeFor(pool, lost);
        expect(outcome).toBe(isTooMany(pool, lost) ? 'not-all' : 'all');
        const free = roomWithout(pool, lost);
        const before = new Map(free);
        for (const { name, needs, on, mayRunOn } of pool.movers) {
          const host = moved.get(name);
          if (host === undefined) continue;
          expect(on.every((each) => lost.has(each)) && mayRunOn.includes(host)).toBe(true);
          free.set(host, minus(free.get(host) ?? NOTHING, needs));
        }
        for (const [host, left] of free) if (left !== before.get(host)) expect(fits(NOTHING, left)).toBe(true);
        if (outcome === 'all') expect(homeless.every(({ protection }) => protection === 'restart')).toBe(true);
        for (const each of homeless) {
          if (each.protection !== 'restart') continue;
          const open = each.mayRunOn.filter((host) => free.has(host));
          expect(open.some((host) => fits(each.needs, free.get(host) ?? NOTHING))).toBe(false);
        }
      }),
      { numRuns: 1000, seed: 20_261_122 },
    );
  });
});
