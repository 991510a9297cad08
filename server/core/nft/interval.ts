/** Values, prefixes and ranges of one field as spans of numbers, so that two ways to write the same addresses are one. */
import type { DataType, Interval } from './ast.ts';
import { DOMAINS } from './datatypes.ts';

/** Inclusive. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** A span for an ordered type, the name for a symbol; `undefined` where the value does not belong to the type. */
export function readInterval(type: DataType, value: Interval): Span | string | undefined {
  const domain = DOMAINS[type];
  if (!domain.ordered) return typeof value === 'object' ? undefined : domain.read(value);
  if (typeof value !== 'object') return span(domain.read(value), domain.read(value));
  if ('range' in value) return span(domain.read(value.range[0]), domain.read(value.range[1]));
  const { addr, len } = value.prefix;
  const start = domain.read(addr);
  if (start === undefined || len < 0 || len > domain.bits) return undefined;
  const hostBits = BigInt(domain.bits - len);
  const first = (start >> hostBits) << hostBits;
  return { first, last: first + (1n << hostBits) - 1n };
}

/** The one way we write it: a value, else a prefix (addresses), else a range. */
export function writeInterval(type: DataType, { first, last }: Span): Interval {
  const domain = DOMAINS[type];
  if (!domain.ordered) throw new TypeError(`${type} has no ranges`);
  if (first === last) return domain.write(first);
  const size = last - first + 1n;
  const aligned = (size & (size - 1n)) === 0n && first % size === 0n;
  if (aligned && (type === 'ipv4_addr' || type === 'ipv6_addr')) {
    return { prefix: { addr: domain.write(first), len: domain.bits - (size.toString(2).length - 1) } };
  }
  return { range: [domain.write(first), domain.write(last)] };
}

/** Sorted, with what overlaps or adjoins joined: the kernel's listing joins them too. */
export function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const merged: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of spans.toSorted(compareIntervals)) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1n) {
      if (last > previous.last) previous.last = last;
    } else {
      merged.push({ first, last });
    }
  }
  return merged;
}

/** Prefixes, ranges and values of an ordered type, joined into as few as there can be. Throws for a value of another type. */
export function mergeIntervals(type: DataType, values: readonly Interval[]): readonly Interval[] {
  const spans = values.map((value) => {
    const read = readInterval(type, value);
    if (read === undefined || typeof read === 'string')
      throw new TypeError(`not a value of ${type}: ${JSON.stringify(value)}`);
    return read;
  });
  return mergeSpans(spans).map((each) => writeInterval(type, each));
}

/** Sorts numbers by value and names by text; for lists whose order has no meaning. */
export function compareIntervals(a: Span | string, b: Span | string): number {
  if (typeof a === 'string') return typeof b === 'string' ? compare(a, b) : 1;
  return typeof b === 'string' ? -1 : compare(a.first, b.first) || compare(a.last, b.last);
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function span(first: bigint | undefined, last: bigint | undefined): Span | undefined {
  return first === undefined || last === undefined || first > last ? undefined : { first, last };
}
