/**
 * Mappings of one stack that the same packet can meet, in the order in which they are asked. Those of one map never do: its keys
 * exclude each other. They are laid in buckets by port, and within them by address, so that ten thousand do not mean fifty million
 * pairs.
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
  const wide = entries.filter((entry) => portOf(entry) === null);
  const inOrder = (one: LedgerEntry, other: LedgerEntry): Conflict =>
    (order.get(one) ?? 0) < (order.get(other) ?? 0) ? [one, other] : [other, one];
  for (const [one, other] of meeting(wide)) yield inOrder(one, other);
  for (const [port, same] of Map.groupBy(entries, portOf)) {
    if (port === null) continue;
    const near = wide.filter(({ ports }) => spansMeet(ports, { first: port, last: port }));
    for (const [one, other] of meeting([...near, ...same]))
      if (portOf(one) !== null || portOf(other) !== null) yield inOrder(one, other);
  }
}

function portOf({ ports }: LedgerEntry): bigint | null {
  return ports === null || ports.first !== ports.last ? null : ports.first;
}

function* meeting(entries: readonly LedgerEntry[]): Iterable<readonly [LedgerEntry, LedgerEntry]> {
  if (entries.length < 2) return;
  // By where their addresses begin; those that name none begin first and never end.
  const sorted = entries.toSorted((a, b) => compare(firstOf(a), firstOf(b)));
  let open: LedgerEntry[] = [];
  for (const entry of sorted) {
    const at = firstOf(entry);
    open = open.filter(({ addresses }) => addresses === null || addresses.last >= at);
    for (const other of open) if (mayMeet(entry, other)) yield [entry, other];
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
