/** Values as iptables writes them. */
import { bitsOf, parseAddress } from '../../../core/address.ts';
import { term } from '../fields.ts';
import type { FieldName } from '../field-names.ts';
import type { Match, NamePattern, Part, Span, Term } from '../ruleset.ts';
import { readNumber } from '../values.ts';

export type Family = 4 | 6;

export function matchOn(key: Term, parts: readonly Part[], negated: boolean): Match {
  const entries = parts.map((part) => ({ key: [part], id: null, value: null }));
  return {
    type: 'match',
    key: [key],
    among: { members: { entries, otherwise: null, changing: false, unread: [] } },
    negated,
  };
}

export function field(name: FieldName, mask: bigint | null = null): Term {
  return { ...term(name), mask };
}

/** Any of the bits. */
export function anyBit(name: FieldName, bits: bigint, negated: boolean): Match {
  return matchOn(field(name, bits), [single(0n)], !negated);
}

export function single(value: bigint): Span {
  return { first: value, last: value };
}

/** `0x10`, `16` */
export function numberOf(text: string | undefined, most = 0xff_ff_ff_ffn): bigint | undefined {
  if (text === undefined || !/^(0x[0-9a-f]{1,16}|\d{1,19})$/i.test(text)) return undefined;
  const value = BigInt(text);
  return value <= most ? value : undefined;
}

/** `80`, `80:90`, `:90`, `80:` */
export function spanOf(text: string | undefined, most: bigint, between: ':' | '-' = ':'): Span | undefined {
  if (text === undefined) return undefined;
  const pieces = text.split(between);
  if (pieces.length > 2) return undefined;
  const [low, high] = pieces;
  const first = low === '' && pieces.length === 2 ? 0n : numberOf(low, most);
  const last = high === undefined ? first : high === '' ? most : numberOf(high, most);
  return first === undefined || last === undefined || first > last ? undefined : { first, last };
}

export interface Masked {
  /** `null` where the address is a prefix. */
  readonly mask: bigint | null;
  readonly span: Span;
}

/** `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.255.0`. */
export function prefixOf(text: string, family: Family): Masked | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const value = parseAddress(address);
  if (value?.family !== family || rest.length > 0) return undefined;
  const bits = BigInt(bitsOf(family));
  const all = (1n << bits) - 1n;
  const mask = length === undefined ? all : maskOf(length, family);
  if (mask === undefined) return undefined;
  const first = value.value & mask;
  const host = all & ~mask;
  // Host bits that are not all at the end are no range.
  if ((host & (host + 1n)) !== 0n) return { mask, span: single(first) };
  return { mask: null, span: { first, last: first | host } };
}

function maskOf(text: string, family: Family): bigint | undefined {
  const bits = BigInt(bitsOf(family));
  const length = numberOf(text, bits);
  if (length !== undefined) return ((1n << length) - 1n) << (bits - length);
  const mask = parseAddress(text);
  return mask?.family === family ? mask.value : undefined;
}

/** `10.0.0.1-10.0.0.9`, or one. */
export function addressSpan(text: string, family: Family): Span | undefined {
  const pieces = text.split('-').map((piece) => parseAddress(piece));
  const [first, last = first] = pieces;
  if (first?.family !== family || last?.family !== family || pieces.length > 2) return undefined;
  return first.value <= last.value ? { first: first.value, last: last.value } : undefined;
}

/** `eth+` is a beginning. */
export function nameOf(text: string): NamePattern {
  return text.endsWith('+') ? { name: text.slice(0, -1), prefix: true } : { name: text, prefix: false };
}

export function protocolOf(text: string): bigint | undefined {
  // iptables knows more words than nft (/etc/protocols); the numbers are IANA's.
  const more: Readonly<Record<string, bigint>> = {
    'mobility-header': 135n,
    'ipv6-mh': 135n,
    mh: 135n,
    'ipv6-nonxt': 59n,
  };
  const own = Object.hasOwn(more, text) ? more[text] : undefined;
  const value = own ?? readNumber('inet_proto', text);
  return value !== undefined && value <= 255n ? value : undefined;
}
