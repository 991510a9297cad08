/** What a rule writes into a field of packets or of their flow. */
import type { Statement, Table, Term } from '../rules/ruleset.ts';
import type { Conditions } from './conditions.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import type { Field } from './fields.ts';
import { classOf } from './fields.ts';

export interface AssignedSets {
  readonly done: PacketSet;
  /** The value may not be there, and then the rule ends. */
  readonly missed: PacketSet;
  /** They are changed in a way that is not followed. */
  readonly unknown: PacketSet;
}

type Assign = Extract<Statement, { type: 'assign' }>;
type Some = readonly [PacketSet, bigint | 'some'];

export function assign(
  { field, value }: Assign,
  packets: PacketSet,
  conditions: Conditions,
  table: Table,
): AssignedSets {
  const { diagrams, fields } = conditions.layout;
  const { values, missed } = valuesOf(value, packets, conditions, table);
  const all = diagrams.union(values.map(([set]) => set));
  const target = fields.get(field);
  // What no rule can tell apart stays untold.
  if (target === undefined) return { done: all, missed, unknown: NONE };
  if (field !== 'mark' && field !== 'ct mark') return { done: NONE, missed, unknown: all };
  const done = values.map(([set, each]) => {
    const having = diagrams.and(set, target.present);
    return diagrams.or(diagrams.minus(set, target.present), written(conditions, target, having, each));
  });
  return { done: diagrams.union(done), missed, unknown: NONE };
}

function written(
  { layout: { diagrams } }: Conditions,
  target: Field,
  set: PacketSet,
  value: bigint | 'some',
): PacketSet {
  if (set === NONE) return NONE;
  const free = diagrams.without(set, target.block);
  const other = target.classes.type === 'values' ? target.classes.values.indexOf(null) : 0;
  const found = value === 'some' ? other : (classOf(target, value) ?? other);
  return diagrams.and(free, diagrams.classes(target.block, [[found, found]]));
}

function valuesOf(
  value: Assign['value'],
  packets: PacketSet,
  conditions: Conditions,
  table: Table,
): { readonly values: readonly Some[]; readonly missed: PacketSet } {
  switch (value.type) {
    case 'constant':
      return { values: [[packets, value.value]], missed: NONE };
    case 'any':
      return { values: [[packets, 'some']], missed: packets };
    case 'spread':
      return { values: numbers(value).map((each) => [packets, each] as const), missed: NONE };
    case 'field':
      return ofField(value.term, value.xor, packets, conditions);
    case 'lookup':
      return ofMap(value, packets, conditions, table);
  }
}

function numbers({ first, count }: Extract<Assign['value'], { type: 'spread' }>): readonly bigint[] {
  return Array.from({ length: count }, (_, index) => first + BigInt(index));
}

function ofField(
  { field, mask }: Term,
  xor: bigint,
  packets: PacketSet,
  { layout: { fields, diagrams } }: Conditions,
): ReturnType<typeof valuesOf> {
  const source = fields.get(field);
  if (source?.classes.type !== 'values' || source.elsewhere === 'unknown')
    return { values: [[packets, 'some']], missed: source?.present === 1 ? NONE : packets };
  const having = diagrams.and(packets, source.present);
  const values = source.classes.values.flatMap((each, index): readonly Some[] => {
    const set = diagrams.and(having, diagrams.classes(source.block, [[index, index]]));
    if (set === NONE) return [];
    return [[set, each === null ? 'some' : (mask === null ? each : each & mask) ^ xor]];
  });
  return { values, missed: diagrams.minus(packets, source.present) };
}

function ofMap(
  { key, among }: Extract<Assign['value'], { type: 'lookup' }>,
  packets: PacketSet,
  conditions: Conditions,
  table: Table,
): ReturnType<typeof valuesOf> {
  const { diagrams } = conditions.layout;
  const entries = conditions.lookUp(key, among, table);
  const { members, there } = entries;
  const reached = diagrams.and(packets, there.may);
  if (members === undefined || members.unread.length > 0) return { values: [[reached, 'some']], missed: packets };
  const values: Some[] = [];
  const [sure, may]: [PacketSet[], PacketSet[]] = [[], []];
  for (const [{ value }, keyed] of entries.each()) {
    sure.push(keyed.sure);
    may.push(keyed.may);
    values.push([diagrams.and(reached, keyed.may), singleOf(value)]);
  }
  const surely = diagrams.and(diagrams.and(packets, there.sure), diagrams.union(sure));
  const perhaps = diagrams.union(may);
  if (entries.unsure && values.length > 1) values.splice(0, values.length, [diagrams.and(reached, perhaps), 'some']);
  if (members.otherwise !== null) values.push([diagrams.minus(reached, surely), singleOf(members.otherwise)]);
  const missed = diagrams.minus(packets, members.otherwise === null ? surely : there.sure);
  return { values: values.filter(([set]) => set !== NONE), missed };
}

function singleOf(value: unknown): bigint | 'some' {
  if (!Array.isArray(value)) return 'some';
  const part = (value as readonly { readonly first?: bigint; readonly last?: bigint }[])[0];
  return part?.first !== undefined && part.first === part.last ? part.first : 'some';
}
