/**
 * What a packet has become. Sets are of packets as they arrived; an address or port that a translation has changed since is kept
 * beside them, and put into every condition before it is asked.
 */
import type { Conditions, Doubtful, KeyedEntries } from './conditions.ts';
import type { PacketSet } from './diagrams.ts';
import type { Layout, SetField } from './fields.ts';
import { classOf } from './fields.ts';

/** `some`: a value that nobody can name. */
export type Rewritten = ReadonlyMap<SetField, bigint | 'some'>;

export const AS_ARRIVED: Rewritten = new Map();

export function rewrittenText(rewritten: Rewritten): string {
  return [...rewritten]
    .map(([field, value]) => `${field}=${String(value)}`)
    .toSorted()
    .join(' ');
}

/** The packets that are in the set as they are now. */
export function nowIn({ fields, diagrams }: Layout, rewritten: Rewritten, set: PacketSet): PacketSet {
  let result = set;
  for (const [name, value] of rewritten) {
    const field = fields.get(name);
    if (field === undefined) continue;
    const known = value === 'some' ? undefined : classOf(field, value);
    result = known === undefined ? diagrams.without(result, field.block) : diagrams.fixed(result, field.block, known);
  }
  return result;
}

function doubtfulNow(layout: Layout, rewritten: Rewritten, { sure, may }: Doubtful): Doubtful {
  const { diagrams } = layout;
  const mayNow = nowIn(layout, rewritten, may);
  if (sure === may && ![...rewritten.values()].includes('some')) return { sure: mayNow, may: mayNow };
  return { sure: diagrams.not(nowIn(layout, rewritten, diagrams.not(sure))), may: mayNow };
}

/** The same conditions, asked of packets as they are now. */
export function conditionsNow(conditions: Conditions, rewritten: Rewritten): Conditions {
  if (rewritten.size === 0) return conditions;
  const { layout } = conditions;
  const now = (doubtful: Doubtful): Doubtful => doubtfulNow(layout, rewritten, doubtful);
  return {
    layout,
    match: (key, among, negated, table) => now(conditions.match(key, among, negated, table)),
    lookUp(key, among, table): KeyedEntries {
      const entries = conditions.lookUp(key, among, table);
      const open = key.some(({ field }) => rewritten.get(field) === 'some');
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
