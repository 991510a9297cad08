/** Packets next to every boundary of a ruleset, and anywhere. */
import { mustParseAddress } from '../../../server/core/address.ts';
import type { Tuple } from '../../../server/reach/judge/packet.ts';
import type { FieldName } from '../../../server/reach/rules/field-names.ts';
import type { Among, Members, Ruleset, Term } from '../../../server/reach/rules/ruleset.ts';
import type { Chance } from '../chance.ts';
import { value4, value6 } from './random-values.ts';
import { LOCAL } from './router.ts';

export type Boundaries = ReadonlyMap<FieldName, readonly bigint[]>;

/** Of each value that a rule names: it, the one before and the one behind. */
export function boundariesOf(ruleset: Ruleset): Boundaries {
  const found = new Map<FieldName, Set<bigint>>();
  const add = (field: FieldName, value: bigint): void => {
    const values = found.get(field) ?? new Set();
    found.set(field, values);
    for (const near of [value - 1n, value, value + 1n]) if (near >= 0n) values.add(near);
  };
  const addMembers = (key: readonly Term[], members: Members): void => {
    for (const entry of members.entries) {
      entry.key.forEach((part, index) => {
        const field = key[index]?.field;
        if (field === undefined || 'name' in part) return;
        add(field, part.first);
        add(field, part.last);
      });
    }
  };
  for (const table of ruleset.tables) {
    const among = (key: readonly Term[], where: Among): void => {
      const members = 'members' in where ? where.members : table.sets.get(where.set);
      if (members !== undefined) addMembers(key, members);
    };
    for (const chain of table.chains.values()) {
      for (const { statements } of chain.rules) {
        for (const each of statements) {
          if (each.type === 'match' || each.type === 'vmap') among(each.key, each.among);
          if (each.type === 'either') for (const match of each.of.flat()) among(match.key, match.among);
          if (each.type === 'translate' && each.translation.to.type === 'lookup')
            among(each.translation.to.key, each.translation.to.among);
          if (each.type === 'assign' && each.value.type === 'lookup') among(each.value.key, each.value.among);
        }
      }
    }
  }
  return new Map([...found].map(([field, values]) => [field, [...values]]));
}

/** Flows that differ in their source port or identifier, and of which none can be taken for the answer to another. */
export function randomPackets(from: Chance, boundaries: Boundaries, count: number): readonly Tuple[] {
  const sources = new Set<string>();
  const destinations = new Set<string>();
  const tuples: Tuple[] = [];
  while (tuples.length < count) {
    const tuple = randomPacket(from, boundaries);
    const { family, source, sourcePort, destinationPort, icmp } = tuple;
    const start = String(sourcePort ?? icmp?.id ?? `${String(family)} ${String(source)}`);
    const end = String(destinationPort ?? (icmp === undefined ? `${String(family)} ${String(tuple.destination)}` : ''));
    if (sources.has(start) || sources.has(end) || destinations.has(start) || isLocal(source)) continue;
    sources.add(start);
    destinations.add(end);
    tuples.push(tuple);
  }
  return tuples;
}

function randomPacket(from: Chance, boundaries: Boundaries): Tuple {
  const family = from.oneIn(3) ? 6 : 4;
  const near = (field: FieldName): bigint | undefined => {
    const values = boundaries.get(field) ?? [];
    return values.length > 0 && from.oneIn(2) ? from.pick(values) : undefined;
  };
  const word = family === 4 ? 'ip' : 'ip6';
  const anyAddress = (): bigint => (family === 4 ? value4(from) : value6(from));
  const protocol = from.pick([6n, 6n, 6n, 17n, 17n, family === 4 ? 1n : 58n, 47n]);
  const ported = protocol === 6n || protocol === 17n;
  const source = usable(near(`${word} saddr`)) ?? anyAddress();
  const destination = from.oneIn(12)
    ? mustParseAddress(from.pick(LOCAL[family])).value
    : (usable(near(`${word} daddr`) ?? near(`ct original ${word} daddr`)) ?? anyAddress());
  const port = (end: 'th sport' | 'th dport'): bigint => {
    const value = near(end) ?? (from.oneIn(2) ? BigInt(from.pick([22, 80, 85, 443, 1500])) : from.bits(16));
    return value === 0n || value > 65_535n ? 1n : value;
  };
  return {
    family,
    protocol,
    source,
    destination,
    sourcePort: ported ? (from.oneIn(3) ? port('th sport') : 1n + (from.bits(16) % 65_534n)) : null,
    destinationPort: ported ? port('th dport') : null,
    ...(protocol === 1n || protocol === 58n
      ? { icmp: { type: protocol === 1n ? 8n : 128n, code: 0n, id: 1n + (from.bits(16) % 65_534n) } }
      : {}),
  };

  /** What a router passes on: no group, no loopback, nobody's address. */
  function usable(value: bigint | undefined): bigint | undefined {
    if (value === undefined) return undefined;
    if (family === 6) return value >> 120n === 0xfdn ? value : undefined;
    return value >> 24n === 10n ? value : undefined;
  }
}

function isLocal(value: bigint): boolean {
  return [...LOCAL[4], ...LOCAL[6]].some((text) => mustParseAddress(text).value === value);
}
