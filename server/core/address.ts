import { Address4, Address6 } from 'ip-address';

/**
 * IP addresses and prefixes. Inside the product both are canonical text (`10.1.1.10`, `2001:db8::1`, `10.1.1.0/24`), so that
 * equal things are equal strings; this file is the only one that turns text into numbers and back. Parsing is strict: no
 * octal, no short forms, no zone ids (ip-address is the one library found to refuse them all).
 */
export type Family = 4 | 6;

/** Canonical text of one address, without prefix length. */
export type Address = string;
/** Canonical text of a prefix: host bits zero, length written. */
export type Prefix = string;
/** Canonical text of an interface's address: host bits kept, length written (`10.1.1.10/24`). */
export type InterfaceAddress = string;

export interface ParsedAddress {
  readonly family: Family;
  readonly value: bigint;
  readonly text: Address;
}

export interface ParsedPrefix {
  readonly family: Family;
  /** Numeric value of the address as written, host bits kept. */
  readonly value: bigint;
  readonly length: number;
  /** First and last address of the prefix. */
  readonly first: bigint;
  readonly last: bigint;
  /** Canonical prefix: host bits zero. */
  readonly text: Prefix;
  /** The same with the host bits as written. */
  readonly written: InterfaceAddress;
}

const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };
const IPV4_TEXT = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6_TEXT = /^[0-9a-fA-F:]+(:\d{1,3}(\.\d{1,3}){3})?$/;

const addressCache = new Map<string, ParsedAddress | undefined>();

/** `undefined` where the text is not one IPv4 or IPv6 address in a strict form. */
export function parseAddress(text: string): ParsedAddress | undefined {
  if (addressCache.has(text)) return addressCache.get(text);
  const parsed = parseAddressText(text);
  if (addressCache.size > 200_000) addressCache.clear();
  addressCache.set(text, parsed);
  return parsed;
}

function parseAddressText(text: string): ParsedAddress | undefined {
  if (IPV4_TEXT.test(text) && Address4.isValid(text)) {
    const value = new Address4(text).bigInt();
    return { family: 4, value, text: formatAddress(4, value) };
  }
  if (IPV6_TEXT.test(text) && Address6.isValid(text)) {
    const value = new Address6(text).bigInt();
    return { family: 6, value, text: formatAddress(6, value) };
  }
  return undefined;
}

export function formatAddress(family: Family, value: bigint): Address {
  if (family === 6) return Address6.fromBigInt(value).correctForm();
  const bits = Number(value);
  return [bits >>> 24, (bits >>> 16) & 0xff, (bits >>> 8) & 0xff, bits & 0xff].join('.');
}

/** Reads `ADDRESS/LENGTH`; `undefined` where either part is not strictly valid or the length is missing. */
export function parsePrefix(text: string): ParsedPrefix | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  const length = Number(match?.[2]);
  if (address === undefined || length > BITS[address.family]) return undefined;
  return prefixOf(address, length);
}

/** The prefix of the given length around an address. */
export function prefixOf(address: ParsedAddress, length: number): ParsedPrefix {
  const { family, value } = address;
  const hostBits = BigInt(BITS[family] - length);
  const lowest = (value >> hostBits) << hostBits;
  // A hundred thousand subnets are kept: what is the same is one value in memory.
  const first = lowest === value ? value : lowest;
  const last = first + (1n << hostBits) - 1n;
  const written = `${address.text}/${String(length)}`;
  const canonical = `${formatAddress(family, first)}/${String(length)}`;
  return { family, value, length, first, last, text: canonical === written ? written : canonical, written };
}

/** The prefix that holds just this address: /32 or /128. */
export function hostPrefix(address: Address): Prefix {
  const parsed = mustParseAddress(address);
  return `${parsed.text}/${String(BITS[parsed.family])}`;
}

export function bitsOf(family: Family): number {
  return BITS[family];
}

export function familyOf(text: string): Family {
  return text.includes(':') ? 6 : 4;
}

/** For text that was validated before: throws where that was not so. */
export function mustParseAddress(text: string): ParsedAddress {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new TypeError(`not an address: ${JSON.stringify(text)}`);
  return parsed;
}

/** For text that was validated before: throws where that was not so. */
export function mustParsePrefix(text: string): ParsedPrefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new TypeError(`not a prefix: ${JSON.stringify(text)}`);
  return parsed;
}

/** The address part of `10.1.1.10/24`. */
export function addressPart(text: InterfaceAddress): Address {
  return text.split('/', 1)[0] ?? text;
}

export function prefixContains(prefix: Prefix, address: Address): boolean {
  const outer = mustParsePrefix(prefix);
  const inner = mustParseAddress(address);
  return outer.family === inner.family && inner.value >= outer.first && inner.value <= outer.last;
}

/** Whether every address of `inner` lies in `outer`. */
export function prefixCovers(outer: Prefix, inner: Prefix): boolean {
  const a = mustParsePrefix(outer);
  const b = mustParsePrefix(inner);
  return a.family === b.family && b.first >= a.first && b.last <= a.last;
}

export function prefixesOverlap(left: Prefix, right: Prefix): boolean {
  const a = mustParsePrefix(left);
  const b = mustParsePrefix(right);
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}
