/**
 * What a packet has become. Sets are of packets as they arrived; an address or port that a translation has changed since is kept
 * beside them, and put into every condition before it is asked. Where one translation makes ten thousand different things of
 * packets, they stay one set, with a case for each: what comes behind tells few of them apart.
 */
import type { Conditions, Doubtful, KeyedEntries } from './conditions.ts';
import type { Block, PacketSet } from './diagrams.ts';
import type { Layout, SetField } from './fields.ts';
import { classOf } from './fields.ts';

/** By field. `some`: a value that nobody can name. */
export type Values = ReadonlyMap<SetField, bigint | 'some'>;

export interface Rewritten {
  /** Of all packets. */
  readonly all: Values;
  /** Of each by what it was when it arrived; one list a translation, of other fields than the others. */
  readonly lists: readonly Cases[];
}

/** Packets, as they arrived, and what they have become; never `some`. */
export interface Case {
  readonly packets: PacketSet;
  readonly values: ReadonlyMap<SetField, bigint>;
}

/** No packet is in two of them. */
export interface Cases {
  readonly number: number;
  readonly list: readonly Case[];
  /** The classes that the values of each are in. */
  readonly classes: readonly (readonly (readonly [Block, number])[])[];
  /** Those of all of them. */
  readonly packets: PacketSet;
  /** The fields that they are about. */
  readonly blocks: readonly Block[];
  /** What was asked before, and the answer. */
  readonly known: Map<PacketSet, PacketSet>;
}

export const AS_ARRIVED: Rewritten = { all: new Map(), lists: [] };

let made = 0;

/** `undefined` where they cannot be told apart by what they were when they arrived. */
export function casesOf({ diagrams, fields }: Layout, list: readonly Case[]): Cases | undefined {
  const packets = disjointUnion(list.map((each) => each.packets));
  if (packets === undefined) return undefined;
  const names = new Set(list.flatMap(({ values }) => [...values.keys()]));
  const blocks = [...names].flatMap((name) => fields.get(name)?.block ?? []);
  const classes = list.map(({ values }) =>
    [...values].flatMap(([name, value]): readonly (readonly [Block, number])[] => {
      const field = fields.get(name);
      const found = field === undefined ? undefined : classOf(field, value);
      return field === undefined || found === undefined ? [] : [[field.block, found]];
    }),
  );
  made += 1;
  return { number: made, list, classes, packets, blocks, known: new Map() };

  function disjointUnion(sets: readonly PacketSet[]): PacketSet | undefined {
    let left = sets;
    while (left.length > 1) {
      const next: PacketSet[] = [];
      for (let at = 0; at < left.length; at += 2) {
        const [one, other] = [left[at] ?? 0, left[at + 1] ?? 0];
        if (diagrams.meets(one, other)) return undefined;
        next.push(diagrams.or(one, other));
      }
      left = next;
    }
    return left[0];
  }
}

export function rewrittenText({ all, lists }: Rewritten): string {
  const values = [...all].map(([field, value]) => `${field}=${String(value)}`).toSorted();
  return [...values, ...lists.map(({ number }) => `#${String(number)}`)].join(' ');
}

/** What the field has become; `undefined`: what it was. Where it differs from packet to packet, nobody can name it. */
export function valueNow({ all, lists }: Rewritten, name: SetField): bigint | 'some' | undefined {
  const known = all.get(name);
  if (known !== undefined) return known;
  return lists.some(({ list }) => list.some(({ values }) => values.has(name))) ? 'some' : undefined;
}

/** The packets that are in the set as they are now. */
export function nowIn(layout: Layout, { all, lists }: Rewritten, set: PacketSet): PacketSet {
  return inLists(layout, lists, fixedTo(layout, all, set));
}

function fixedTo({ fields, diagrams }: Layout, values: Values, set: PacketSet): PacketSet {
  let result = set;
  for (const [name, value] of values) {
    const field = fields.get(name);
    if (field === undefined || !diagrams.dependsOn(result, field.block)) continue;
    const known = value === 'some' ? undefined : classOf(field, value);
    result = known === undefined ? diagrams.without(result, field.block) : diagrams.fixed(result, field.block, known);
  }
  return result;
}

/** The last translation first; each leaves what those before it say of the packets as they arrived. */
function inLists(layout: Layout, lists: readonly Cases[], set: PacketSet): PacketSet {
  const cases = lists.at(-1);
  if (cases === undefined) return set;
  const before = lists.slice(0, -1);
  const { diagrams } = layout;
  if (!diagrams.dependsOn(set, ...cases.blocks)) return inLists(layout, before, set);
  const known = before.length === 0 ? cases.known.get(set) : undefined;
  if (known !== undefined) return known;
  const groups = new Map<PacketSet, PacketSet[]>();
  for (const [index, { packets }] of cases.list.entries()) {
    let now = set;
    for (const [block, value] of cases.classes[index] ?? []) now = diagrams.fixed(now, block, value);
    const group = groups.get(now);
    if (group === undefined) groups.set(now, [packets]);
    else group.push(packets);
  }
  const result = diagrams.union(
    groupSets(layout, cases, groups).map(([now, packets]) => diagrams.and(packets, inLists(layout, before, now))),
  );
  if (before.length === 0) cases.known.set(set, result);
  return result;
}

/** The largest group is what the others leave. */
function groupSets(
  { diagrams }: Layout,
  cases: Cases,
  groups: ReadonlyMap<PacketSet, readonly PacketSet[]>,
): readonly (readonly [PacketSet, PacketSet])[] {
  const [largest, ...others] = [...groups].toSorted(([, a], [, b]) => b.length - a.length);
  if (largest === undefined) return [];
  const made = others.map(([now, sets]) => [now, diagrams.union(sets)] as const);
  const rest = diagrams.minus(cases.packets, diagrams.union(made.map(([, packets]) => packets)));
  return [[largest[0], rest], ...made];
}

function doubtfulNow(layout: Layout, rewritten: Rewritten, { sure, may }: Doubtful): Doubtful {
  const { diagrams } = layout;
  const mayNow = nowIn(layout, rewritten, may);
  if (sure === may && ![...rewritten.all.values()].includes('some')) return { sure: mayNow, may: mayNow };
  return { sure: diagrams.not(nowIn(layout, rewritten, diagrams.not(sure))), may: mayNow };
}

/** The same conditions, asked of packets as they are now. */
export function conditionsNow(conditions: Conditions, rewritten: Rewritten): Conditions {
  if (rewritten.all.size === 0 && rewritten.lists.length === 0) return conditions;
  const { layout } = conditions;
  const now = (doubtful: Doubtful): Doubtful => doubtfulNow(layout, rewritten, doubtful);
  return {
    layout,
    match: (key, among, negated, table) => now(conditions.match(key, among, negated, table)),
    lookUp(key, among, table): KeyedEntries {
      const entries = conditions.lookUp(key, among, table);
      const open = key.some(({ field }) => rewritten.all.get(field) === 'some');
      return {
        members: entries.members,
        there: now(entries.there),
        each: () => entries.each().map(([entry, keyed]) => [entry, now(keyed)] as const),
        get inside() {
          return now(entries.inside);
        },
        unsure: entries.unsure || open,
      };
    },
  };
}
