/**
 * Whether a key is among the members of a set, or what a map has for it: yes, no, or not to be said. A set is sorted into
 * buckets by those parts of its keys that are single values in all of its elements, so that a map of ten thousand ports is
 * asked as quickly as one of ten.
 */
import type { Among, Entry, Match, Members, Need, Part, Table, Term } from '../rules/ruleset.ts';
import type { FieldValue, Packet } from './packet.ts';
import { SOME } from './packet.ts';

/** `null`: perhaps. */
export type Answer = boolean | null;

export interface Found {
  /** The key can be read from the packet at all. */
  readonly there: Answer;
  readonly hits: readonly Entry[];
  /** Elements that the key may have, and none for sure; where there are any, `hits` is empty. */
  readonly perhaps: readonly Entry[];
  readonly mayMiss: boolean;
  readonly members: Members | undefined;
}

/** The kernel reads conntrack's status whole, and of these bits only is anything known before it is done with a packet. */
const KNOWN_STATUS = 1n | 2n | 4n | 8n | 16n | 32n | 512n;

export function lookUp(key: readonly Term[], among: Among, packet: Packet, table: Table): Found {
  const members = 'members' in among ? among.members : table.sets.get(among.set);
  const there = isThere(key, packet);
  if (there === false) return { there, hits: [], perhaps: [], mayMiss: true, members };
  const values = key.map((term) => valueOf(term, packet));
  if (values.includes(null)) return { there: false, hits: [], perhaps: [], mayMiss: true, members };
  if (members === undefined) return { there, hits: [], perhaps: [], mayMiss: true, members };
  const candidates = candidatesOf(members, values);
  const unsure = values.includes(SOME) || members.changing;
  const matching = candidates.filter((entry) => entry.key.every((part, index) => fits(part, values[index] ?? null)));
  if (unsure) return { there, hits: [], perhaps: matching, mayMiss: true, members };
  return { there, hits: matching, perhaps: [], mayMiss: matching.length === 0, members };
}

/** Whether a match holds. */
export function isAmong(key: readonly Term[], among: Among, negated: boolean, packet: Packet, table: Table): Answer {
  const { there, hits, perhaps, members } = lookUp(key, among, packet, table);
  if (there === false) return false;
  if (members === undefined) return null;
  const inside: Answer =
    hits.length > 0
      ? true
      : members.changing || perhaps.length > 0 || members.unread.length > 0
        ? null
        : members.otherwise !== null;
  const answer = inside === null ? null : inside !== negated;
  // What may not be there at all does not match then, negated or not.
  return there === null && answer === true ? null : answer;
}

/** Whether one of the lists of matches holds as a whole. */
export function isEither(lists: readonly (readonly Match[])[], packet: Packet, table: Table): Answer {
  let answer: Answer = false;
  for (const list of lists) {
    const each = list.map(({ key, among, negated }) => isAmong(key, among, negated, packet, table));
    if (each.every((one) => one === true)) return true;
    if (!each.includes(false)) answer = null;
  }
  return answer;
}

function isThere(key: readonly Term[], packet: Packet): Answer {
  let answer: Answer = true;
  for (const { needs, field } of key) {
    if (!packet.has(field)) answer = null;
    for (const need of needs) {
      const met = isMet(need, packet);
      if (met === false) return false;
      if (met === null) answer = null;
    }
  }
  return answer;
}

function isMet({ field, values }: Need, packet: Packet): Answer {
  const value = packet.get(field);
  if (value === undefined || value === SOME) return null;
  return typeof value === 'bigint' && values.includes(value);
}

export function valueOf({ field, mask }: Term, packet: Packet): FieldValue {
  const value = packet.get(field);
  if (value === undefined) return SOME;
  if (typeof value !== 'bigint') return value;
  if (field === 'ct status' && (mask === null || (mask & ~KNOWN_STATUS) !== 0n)) return SOME;
  return mask === null ? value : value & mask;
}

function fits(part: Part, value: FieldValue): boolean {
  if (value === SOME) return true;
  if ('name' in part)
    return typeof value === 'string' && (part.prefix ? value.startsWith(part.name) : value === part.name);
  return typeof value === 'bigint' && value >= part.first && value <= part.last;
}

interface Index {
  /** Positions that are single values in every element. */
  readonly exact: readonly number[];
  readonly buckets: ReadonlyMap<string, readonly Entry[]>;
}

const indexes = new WeakMap<Members, Index>();

function candidatesOf(members: Members, values: readonly FieldValue[]): readonly Entry[] {
  if (members.entries.length < 8) return members.entries;
  const index = indexes.get(members) ?? makeIndex(members);
  indexes.set(members, index);
  if (index.exact.length === 0 || index.exact.some((position) => values[position] === SOME)) return members.entries;
  return index.buckets.get(index.exact.map((position) => String(values[position])).join(' ')) ?? [];
}

function makeIndex({ entries }: Members): Index {
  const width = entries[0]?.key.length ?? 0;
  const exact = [...Array(width).keys()].filter((position) => entries.every(({ key }) => isSingle(key[position])));
  const buckets = Map.groupBy(entries, ({ key }) => exact.map((position) => singleText(key[position])).join(' '));
  return { exact, buckets };
}

function isSingle(part: Part | undefined): boolean {
  if (part === undefined) return false;
  return 'name' in part ? !part.prefix : part.first === part.last;
}

function singleText(part: Part | undefined): string {
  return part === undefined ? '' : 'name' in part ? part.name : String(part.first);
}
