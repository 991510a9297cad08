/** Packets next to every boundary of a ruleset, and anywhere. */
import { mustParseAddress } from '../../../server/core/address.ts';
import type { Tuple } from '../../../server/reach/judge/packet.ts';
import type { FieldName } from '../../../server/reach/rules/field-names.ts';
import type { Among, Members, Ruleset, Term } from '../../../server/reach/rules/ruleset.ts';
import type { Chance } from '../chance.ts';
import { value4, value6 } from './random-values.ts';
import { isOwn, LOCAL, PORTS } from './router.ts';
import type { Shot } from './packets.ts';
import type { Connection } from '../../../server/reach/judge/connection.ts';

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

/** One value of one field. */
type Aim = readonly [field: FieldName, value: bigint];

const AIMED: readonly FieldName[] = [
  'ip saddr',
  'ip daddr',
  'ip6 saddr',
  'ip6 daddr',
  'ct original ip daddr',
  'th sport',
  'th dport',
  'ct original proto-dst',
];

/**
 * Flows that differ in their source port or identifier, and of which none can be taken for the answer to another: first one for
 * each boundary of each address and port, as far as they are no more than two of three, then some near boundaries and some anywhere.
 */
export function randomPackets(from: Chance, boundaries: Boundaries, count: number): readonly Tuple[] {
  const aims = shuffled(
    from,
    AIMED.flatMap((field) => (boundaries.get(field) ?? []).map((value): Aim => [field, value])),
  ).slice(0, Math.floor((2 * count) / 3));
  const sources = new Set<string>();
  const destinations = new Set<string>();
  const tuples: Tuple[] = [];
  for (let tries = 0; tuples.length < count; tries += 1) {
    const tuple = randomPacket(from, boundaries, aims[tries]);
    const { family, source, sourcePort, destinationPort, icmp } = tuple;
    const start = String(sourcePort ?? icmp?.id ?? `${String(family)} ${String(source)}`);
    const end = String(destinationPort ?? (icmp === undefined ? `${String(family)} ${String(tuple.destination)}` : ''));
    if (sources.has(start) || sources.has(end) || destinations.has(start) || isOwn(family, source)) continue;
    sources.add(start);
    destinations.add(end);
    tuples.push(tuple);
  }
  return tuples;
}

const [SYN, RST, ACK] = [2n, 4n, 16n];

/** The same as packets that come in by any interface, some of them from the middle or the end of what was no flow. */
export function randomShots(from: Chance, boundaries: Boundaries, count: number): readonly Shot[] {
  return randomPackets(from, boundaries, count).map((tuple, index) => ({
    tuple,
    device: from.pick([...PORTS, 'a0']),
    number: index + 1,
    flags: from.oneIn(4) ? from.pick([ACK, ACK, SYN | ACK, RST]) : SYN,
  }));
}

/** Requests of ICMP that begin a flow (nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c). */
const REQUESTS: readonly bigint[] = [8n, 13n, 128n];

/** What conntrack makes of a packet of which nothing came before: TCP that is picked up in the middle begins a flow too. */
export function firstConnection({ tuple, flags = SYN }: Shot): Connection {
  const begins =
    tuple.icmp !== undefined
      ? REQUESTS.includes(tuple.icmp.type)
      : tuple.protocol !== 6n || flags === SYN || flags === ACK;
  return { state: begins ? 'new' : 'invalid' };
}

function shuffled<T>(from: Chance, list: readonly T[]): readonly T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(from.upTo(left.length), 1));
}

/** Without a header of their own that conntrack or the stack would look at. */
const PLAIN: readonly bigint[] = [5n, 7n, 16n, 18n, 46n, 48n];

function randomPacket(from: Chance, boundaries: Boundaries, aim?: Aim): Tuple {
  const [aimed = '', aimedAt] = aim ?? [];
  const family = aimed.includes('ip6') ? 6 : aimed.includes('ip ') ? 4 : from.oneIn(3) ? 6 : 4;
  const near = (field: FieldName): bigint | undefined => {
    if (aimed === field) return aimedAt;
    const values = boundaries.get(field) ?? [];
    return values.length > 0 && from.oneIn(2) ? from.pick(values) : undefined;
  };
  const word = family === 4 ? 'ip' : 'ip6';
  const anyAddress = (): bigint => (family === 4 ? value4(from) : value6(from));
  const icmp = family === 4 ? 1n : 58n;
  const plain = (boundaries.get('l4proto') ?? []).filter((each) => PLAIN.includes(each));
  const toPort = aimed.startsWith('th ') || aimed.includes('proto-');
  const protocol = from.pick([6n, 6n, 6n, 17n, 17n, ...(toPort ? [] : [icmp, 47n, ...plain.slice(0, 2)])]);
  const ported = protocol === 6n || protocol === 17n;
  const source = usable(near(`${word} saddr`)) ?? anyAddress();
  const destination = from.oneIn(12)
    ? mustParseAddress(from.pick(LOCAL[family])).value
    : (usable(near(`${word} daddr`)) ?? usable(near(`ct original ${word} daddr`)) ?? anyAddress());
  const port = (end: 'th sport' | 'th dport'): bigint => {
    const value =
      near(end) ??
      (end === 'th dport' ? near('ct original proto-dst') : undefined) ??
      (from.oneIn(2) ? BigInt(from.pick([22, 80, 85, 443, 1500])) : from.bits(16));
    return value === 0n || value > 65_535n ? 1n : value;
  };
  return {
    family,
    protocol,
    source,
    destination,
    sourcePort: ported
      ? aimed === 'th sport' || from.oneIn(3)
        ? port('th sport')
        : 1n + (from.bits(16) % 65_534n)
      : null,
    destinationPort: ported ? port('th dport') : null,
    ...(protocol === icmp
      ? {
          icmp: {
            type: from.pick(family === 4 ? [8n, 8n, 8n, 8n, 0n, 13n] : [128n, 128n, 128n, 129n]),
            code: 0n,
            id: 1n + (from.bits(16) % 65_534n),
          },
        }
      : {}),
  };

  /** What a router passes on: no group, no loopback, nobody's address. */
  function usable(value: bigint | undefined): bigint | undefined {
    if (value === undefined) return undefined;
    if (family === 6) return value >> 120n === 0xfdn ? value : undefined;
    return value >> 24n === 10n ? value : undefined;
  }
}
