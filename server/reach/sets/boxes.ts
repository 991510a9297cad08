/** A set as people read it: spans of addresses and ports, protocols. And one packet of it. */
import type { Tuple } from '../judge/packet.ts';
import type { Span } from '../rules/ruleset.ts';
import { WITH_PORTS } from '../rules/fields.ts';
import type { ClassRange, PacketSet } from './diagrams.ts';
import { ALL, NONE } from './diagrams.ts';
import type { Field, Layout, SetField } from './fields.ts';
import { classesIn, joinedRanges, spanOf } from './fields.ts';

/** All packets that have one of each. */
export interface Box {
  readonly destinations: readonly Span[];
  readonly sources: readonly Span[];
  /** Of protocols that have ports. */
  readonly ports: readonly Span[];
  readonly protocols: readonly bigint[];
  /** Types of ICMP, of its packets alone. */
  readonly icmpTypes: readonly Span[];
}

export interface Boxes {
  readonly list: readonly Box[];
  /** There are more than were asked for. */
  readonly more: boolean;
}

/** Whatever the source port and the interface: what people ask about first. */
export function boxesOf(layout: Layout, packets: PacketSet, most: number): Boxes {
  const word = layout.family === 4 ? 'ip' : 'ip6';
  const icmp = layout.family === 4 ? 'icmp type' : 'icmpv6 type';
  const named: readonly SetField[] = [`${word} daddr`, `${word} saddr`, 'th dport', 'l4proto', icmp];
  const kept = named.flatMap((name) => layout.fields.get(name) ?? []);
  const rest = [...layout.fields.values()].filter((field) => !kept.includes(field));
  const set = layout.diagrams.without(packets, ...rest.map(({ block }) => block));
  const list: Box[] = [];
  const walk = (at: number, node: PacketSet, ranges: readonly (readonly ClassRange[])[]): boolean => {
    if (node === NONE) return true;
    const field = kept[at];
    if (field === undefined) {
      if (list.length >= most) return false;
      list.push(boxOf(kept, ranges));
      return true;
    }
    for (const [below, own] of layout.diagrams.branches(node, field.block))
      if (!walk(at + 1, below, [...ranges, own])) return false;
    return true;
  };
  const more = !walk(0, set, []);
  return { list, more };
}

const EVERY_TYPE: readonly Span[] = [{ first: 0n, last: 255n }];

function boxOf(fields: readonly Field[], ranges: readonly (readonly ClassRange[])[]): Box {
  const [destinations, sources, ports] = [0, 1, 2].map((index) => spansOf(fields[index], ranges[index] ?? []));
  const listed = spansOf(fields[3], ranges[3] ?? []).flatMap(({ first, last }) =>
    Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index)),
  );
  return {
    destinations: destinations ?? [],
    sources: sources ?? [],
    ports: ports ?? [],
    protocols: listed,
    icmpTypes: fields[4] === undefined ? EVERY_TYPE : spansOf(fields[4], ranges[4] ?? []),
  };
}

function spansOf(field: Field | undefined, ranges: readonly ClassRange[]): readonly Span[] {
  if (field === undefined) return [];
  return ranges.flatMap(([first, last]) => {
    const [start, end] = [spanOf(field, first), spanOf(field, last)];
    return start === undefined || end === undefined ? [] : [{ first: start.first, last: end.last }];
  });
}

export function inBox({ diagrams, fields, family }: Layout, box: Box): PacketSet {
  const word = family === 4 ? 'ip' : 'ip6';
  const wanted: readonly (readonly [SetField, readonly Span[]])[] = [
    [`${word} daddr`, box.destinations],
    [`${word} saddr`, box.sources],
    ['th dport', box.ports],
    ['l4proto', box.protocols.map((value) => ({ first: value, last: value }))],
    [family === 4 ? 'icmp type' : 'icmpv6 type', box.icmpTypes],
  ];
  return wanted.reduce((set, [name, spans]) => {
    const field = fields.get(name);
    if (field === undefined) return set;
    const ranges = joinedRanges(spans.flatMap((span) => classesIn(field, span, null)[0]));
    return diagrams.and(set, diagrams.classes(field.block, ranges));
  }, ALL);
}

/** Values that a witness should have, where the set lets it: the first that is possible. */
export type Wishes = readonly (readonly [SetField, readonly Span[]])[];

export interface Picked {
  readonly tuple: Tuple;
  readonly device: string;
}

/** One packet of the set; `undefined` where it is empty. */
export function pick(layout: Layout, packets: PacketSet, wishes: Wishes): Picked | undefined {
  if (packets === NONE) return undefined;
  const { diagrams, fields, family } = layout;
  let set = packets;
  const chosen = new Map<SetField, bigint>();
  for (const [name, spans] of wishes) {
    const field = fields.get(name);
    if (field === undefined) continue;
    for (const span of spans) {
      const narrowed = diagrams.and(set, diagrams.classes(field.block, classesIn(field, span, null)[0]));
      if (narrowed === NONE) continue;
      set = narrowed;
      if (span.first === span.last) chosen.set(name, span.first);
      break;
    }
  }
  const values = new Map<SetField, bigint | string>();
  for (const field of fields.values()) {
    const [first] = [...diagrams.branches(set, field.block)].filter(([below]) => below !== NONE);
    const index = first?.[1][0]?.[0] ?? 0;
    set = diagrams.fixed(set, field.block, index);
    const { classes, name } = field;
    const value =
      classes.type === 'spans'
        ? (chosen.get(name) ?? classes.starts[index])
        : classes.type === 'values'
          ? classes.values[index]
          : classes.names[index];
    if (value !== null && value !== undefined) values.set(name, value);
  }
  if (set !== ALL) throw new RangeError('a packet that is not in its set');
  const number = (name: SetField, otherwise = 0n): bigint => {
    const value = values.get(name);
    return typeof value === 'bigint' ? value : otherwise;
  };
  const word = family === 4 ? 'ip' : 'ip6';
  const protocol = number('l4proto');
  const ported = WITH_PORTS.includes(protocol);
  const icmp = family === 4 ? 'icmp' : 'icmpv6';
  const isIcmp = protocol === (family === 4 ? 1n : 58n);
  const device = values.get('iifname');
  return {
    device: typeof device === 'string' ? device : '',
    tuple: {
      ...{ family, protocol, source: number(`${word} saddr`), destination: number(`${word} daddr`) },
      sourcePort: ported ? number('th sport') : null,
      destinationPort: ported ? number('th dport') : null,
      ...(isIcmp
        ? { icmp: { type: number(`${icmp} type`, family === 4 ? 8n : 128n), code: number(`${icmp} code`), id: 1n } }
        : {}),
    },
  };
}
