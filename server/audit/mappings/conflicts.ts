/**
 * Mappings of one stack that the same packet can meet, in the order in which they are asked. Those of one map never do: its keys
 * exclude each other. They are laid in buckets by protocol and address, so that ten thousand do not mean fifty million pairs.
 */
import type { Span } from '../../reach/rules/ruleset.ts';
import { overlap } from './guard.ts';
import type { LedgerEntry } from './ledger.ts';

export type Conflict = readonly [first: LedgerEntry, second: LedgerEntry];

export function* conflicts(ledger: readonly LedgerEntry[]): Iterable<Conflict> {
  for (const entries of Map.groupBy(ledger, ({ on, family }) => `${on.stack.id} ${String(family)}`).values())
    yield* withinStack(entries);
}

function* withinStack(entries: readonly LedgerEntry[]): Iterable<Conflict> {
  const order = new Map(entries.map((entry, index) => [entry, index]));
  // By where their addresses begin; those that name none begin first and never end.
  const sorted = entries.toSorted((a, b) => compare(firstOf(a), firstOf(b)));
  let open: LedgerEntry[] = [];
  for (const entry of sorted) {
    const at = firstOf(entry);
    open = open.filter(({ addresses }) => addresses === null || addresses.last >= at);
    for (const other of open) {
      if (!mayMeet(entry, other)) continue;
      yield (order.get(entry) ?? 0) < (order.get(other) ?? 0) ? [entry, other] : [other, entry];
    }
    open.push(entry);
  }
}

function mayMeet(one: LedgerEntry, other: LedgerEntry): boolean {
  if (one.mapping === other.mapping || sameMap(one, other)) return false;
  if (one.protocol !== null && other.protocol !== null && one.protocol !== other.protocol) return false;
  return spansMeet(one.ports, other.ports) && overlap(one.mapping.guard, other.mapping.guard);
}

function sameMap(one: LedgerEntry, other: LedgerEntry): boolean {
  return one.mapping.by === other.mapping.by;
}

function spansMeet(one: Span | null, other: Span | null): boolean {
  return one === null || other === null || (one.first <= other.last && other.first <= one.last);
}

function firstOf({ addresses }: LedgerEntry): bigint {
  return addresses?.first ?? -1n;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
