/** A translation as a rule says it → what packets are given, and which packets are given it. */
import type { Entry, Part, Span, Table, Translation } from '../rules/ruleset.ts';
import type { Conditions } from './conditions.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';

/** `keep`: as it is. `interface`: the address of the interface. `some`: one that nobody can name. */
export type Given = bigint | 'keep' | 'some';

export interface Target {
  readonly side: Translation['side'];
  readonly address: Given | 'interface' | { readonly prefix: Span };
  readonly port: Given;
}

export interface Translated {
  readonly targets: readonly (readonly [PacketSet, Target])[];
  /** The rule may not match after all. */
  readonly missed: PacketSet;
  /** The rule does nothing, and goes on. */
  readonly skipped: PacketSet;
}

export function translate(
  translation: Translation,
  packets: PacketSet,
  conditions: Conditions,
  table: Table,
): Translated {
  const { side, to, random } = translation;
  if ('family' in to && to.family !== conditions.layout.family) return { targets: [], missed: NONE, skipped: packets };
  const port: Given = translation.port === null ? (random ? 'some' : 'keep') : single(translation.port);
  const all = (address: Target['address']): Translated => ({
    targets: [[packets, { side, address, port }]],
    missed: NONE,
    skipped: NONE,
  });
  switch (to.type) {
    case 'unchanged':
      return all('keep');
    case 'interface':
      return all('interface');
    case 'address':
      return all(single(to.span));
    case 'prefix':
      return all({ prefix: to.span });
    case 'any':
      return { targets: [[packets, { side, address: 'some', port: 'some' }]], missed: packets, skipped: NONE };
    case 'lookup':
      return byMap({ ...translation, to }, packets, conditions, table, port);
  }
}

type ByMap = Translation & { readonly to: Extract<Translation['to'], { type: 'lookup' }> };

function byMap({ side, to }: ByMap, packets: PacketSet, conditions: Conditions, table: Table, port: Given): Translated {
  const { diagrams } = conditions.layout;
  const entries = conditions.lookUp(to.key, to.among, table);
  const { there, members, unsure } = entries;
  const reached = diagrams.and(packets, there.may);
  const some: Target = { side, address: 'some', port };
  if (members === undefined) return { targets: [[reached, some]], missed: packets, skipped: NONE };
  const unread = members.unread.length > 0;
  const groups = new Map<string, { readonly target: Target; readonly sets: PacketSet[] }>();
  const sure: PacketSet[] = [];
  const may: PacketSet[] = [];
  for (const [entry, keyed] of entries.each()) {
    const target = targetOf(side, entry.value, to.prefix, port);
    const key = textOf(target);
    const group = groups.get(key) ?? { target, sets: [] };
    groups.set(key, group);
    group.sets.push(keyed.may);
    sure.push(keyed.sure);
    may.push(keyed.may);
  }
  const targets: (readonly [PacketSet, Target])[] = [];
  const [surely, perhaps] = [diagrams.union(sure), diagrams.union(may)];
  if (unsure && groups.size > 1) targets.push([diagrams.and(reached, perhaps), { ...some, port: 'some' }]);
  else
    for (const { target, sets } of groups.values()) targets.push([diagrams.and(reached, diagrams.union(sets)), target]);
  const rest = diagrams.minus(reached, surely);
  const hit = diagrams.and(diagrams.and(packets, there.sure), surely);
  if (unread) targets.push([rest, some]);
  else if (members.otherwise !== null)
    targets.push([diagrams.minus(reached, perhaps), targetOf(side, members.otherwise, to.prefix, port)]);
  const covered = members.otherwise !== null && !unread && !unsure ? diagrams.and(packets, there.sure) : hit;
  return {
    targets: targets.filter(([set]) => set !== NONE),
    missed: diagrams.minus(packets, covered),
    skipped: NONE,
  };
}

function targetOf(side: Target['side'], value: Entry['value'], prefix: boolean, own: Given): Target {
  if (value === null || 'type' in value) return { side, address: 'some', port: 'some' };
  const [address, port] = value;
  const to = address === undefined || 'name' in address ? 'some' : prefix ? { prefix: address } : single(address);
  return { side, address: to, port: port === undefined ? own : partValue(port) };
}

function partValue(part: Part): Given {
  return 'name' in part ? 'some' : single(part);
}

function single({ first, last }: Span): Given {
  return first === last ? first : 'some';
}

/** Equal for what gives packets the same. */
export function textOf({ address, port }: Omit<Target, 'side'>): string {
  const at =
    typeof address === 'object' ? `${String(address.prefix.first)}-${String(address.prefix.last)}` : String(address);
  return `${at} ${String(port)}`;
}
