/**
 * What values each field of a packet can have, and how nft writes them. A value that passes here is all that a rendered text
 * ever holds, so nothing read from a host gets into one unchecked.
 */
import type { Family, ParsedAddress } from '../address.ts';
import { bitsOf, formatAddress, parseAddress } from '../address.ts';
import type { DataType, Field, Scalar, Selector } from './ast.ts';

/** `undefined` is the answer for a value that the type does not have. Numbers have an order, and so ranges; symbols have not. */
export type Domain =
  | {
      readonly ordered: true;
      readonly bits: number;
      read(value: Scalar): bigint | undefined;
      write(value: bigint): Scalar;
      /** The one form of a value; the same as to read and write it, and quicker. */
      canonical(value: Scalar): Scalar | undefined;
    }
  | { readonly ordered: false; read(value: Scalar): string | undefined; text(value: string): string };

/** Protocol numbers are listed where /etc/protocols is missing, names where it is not. */
const PROTOCOL_NUMBERS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
  112: 'vrrp',
};
const ICMPV6_ALIASES: Readonly<Record<string, string>> = { icmpv6: 'ipv6-icmp' };

export const DOMAINS: Readonly<Record<DataType, Domain>> = {
  ipv4_addr: addressDomain(4),
  ipv6_addr: addressDomain(6),
  inet_service: numberDomain(16),
  hoplimit: numberDomain(8),
  inet_proto: {
    ordered: false,
    read: (value) => {
      if (typeof value === 'number') return PROTOCOL_NUMBERS[value];
      const name = ICMPV6_ALIASES[value] ?? value;
      return Object.values(PROTOCOL_NUMBERS).includes(name) ? name : undefined;
    },
    // `icmpv6` is a word of nft's own; `ipv6-icmp` would be looked up in /etc/protocols, which a small system lacks.
    text: (value) => (value === 'ipv6-icmp' ? 'icmpv6' : value === 'vrrp' ? '112' : value),
  },
  // Ports that are borrowed have names of others: what is safe in a command is safe inside these quotes.
  ifname: {
    ordered: false,
    read: (value) => symbol(value, /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/),
    text: (value) => `"${value}"`,
  },
  ether_addr: symbolDomain(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/),
  vlan_id: numberDomain(12),
  icmp_type: symbolDomain(/^(echo-request|echo-reply|destination-unreachable|time-exceeded|parameter-problem)$/),
  icmpv6_type: symbolDomain(
    /^(echo-request|echo-reply|destination-unreachable|packet-too-big|time-exceeded|parameter-problem|nd-(router|neighbor)-(solicit|advert)|nd-redirect)$/,
  ),
  ct_state: symbolDomain(/^(new|established|related|invalid|untracked)$/),
  ct_status: symbolDomain(/^(snat|dnat)$/),
  mark: numberDomain(32),
  ct_dir: symbolDomain(/^(original|reply)$/),
  nf_proto: symbolDomain(/^ipv[46]$/),
};

const FIELDS: Readonly<Record<string, DataType>> = {
  'ip saddr': 'ipv4_addr',
  'ip daddr': 'ipv4_addr',
  'ip6 saddr': 'ipv6_addr',
  'ip6 daddr': 'ipv6_addr',
  'ip6 hoplimit': 'hoplimit',
  'tcp sport': 'inet_service',
  'tcp dport': 'inet_service',
  'udp sport': 'inet_service',
  'udp dport': 'inet_service',
  'th sport': 'inet_service',
  'th dport': 'inet_service',
  'icmp type': 'icmp_type',
  'icmpv6 type': 'icmpv6_type',
  iifname: 'ifname',
  oifname: 'ifname',
  'meta l4proto': 'inet_proto',
  'meta nfproto': 'nf_proto',
  'meta mark': 'mark',
  'ct mark': 'mark',
  'ct direction': 'ct_dir',
  'ct state': 'ct_state',
  'ct status': 'ct_status',
  'ether saddr': 'ether_addr',
  'ether daddr': 'ether_addr',
  'vlan id': 'vlan_id',
  'ct original ip saddr': 'ipv4_addr',
  'ct original ip daddr': 'ipv4_addr',
  'ct original ip6 saddr': 'ipv6_addr',
  'ct original ip6 daddr': 'ipv6_addr',
};

/** Keys that nft lists with `meta` in front. */
const META_WORDS = new Set(['l4proto', 'nfproto', 'mark']);

/** A field as nft writes it: `ip saddr`, `iifname`, `ct original ip daddr`. */
export function fieldText(field: Field): string {
  if ('payload' in field) return `${field.payload.protocol} ${field.payload.field}`;
  if ('meta' in field) return META_WORDS.has(field.meta.key) ? `meta ${field.meta.key}` : field.meta.key;
  return 'dir' in field.ct ? `ct ${field.ct.dir} ${field.ct.key}` : `ct ${field.ct.key}`;
}

/** `undefined` for a field that we do not use. */
export function fieldType(field: Field): DataType | undefined {
  return Object.hasOwn(FIELDS, fieldText(field)) ? FIELDS[fieldText(field)] : undefined;
}

export function selectorFields(selector: Selector): readonly Field[] {
  return 'concat' in selector ? selector.concat : [selector];
}

/** The types of a selector's parts; `undefined` where one is a field that we do not use. */
export function selectorTypes(selector: Selector): readonly DataType[] | undefined {
  const types = selectorFields(selector).map(fieldType);
  return types.every((type) => type !== undefined) ? types : undefined;
}

function addressDomain(family: Family): Domain {
  const parse = (value: Scalar): ParsedAddress | undefined => {
    const parsed = typeof value === 'string' ? parseAddress(value) : undefined;
    return parsed?.family === family ? parsed : undefined;
  };
  return {
    ordered: true,
    bits: bitsOf(family),
    read: (value) => parse(value)?.value,
    write: (value) => formatAddress(family, value),
    canonical: (value) => parse(value)?.text,
  };
}

function numberDomain(bits: number): Domain {
  const fits = (value: Scalar): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** bits;
  return {
    ordered: true,
    bits,
    read: (value) => (fits(value) ? BigInt(value) : undefined),
    write: Number,
    canonical: (value) => (fits(value) ? value : undefined),
  };
}

function symbolDomain(names: RegExp): Domain {
  return { ordered: false, read: (value) => symbol(value, names), text: (value) => value };
}

function symbol(value: Scalar, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}
