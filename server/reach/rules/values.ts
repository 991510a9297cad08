/** How nft writes the values of each type in JSON, as spans of numbers or names of interfaces. */
import { z } from 'zod';
import { bitsOf, parseAddress } from '../../core/address.ts';
import type { Json } from '../../core/json.ts';
import type { NamePattern, Part, Span } from './ruleset.ts';
import { tried } from './tried.ts';
import type { ValueType } from './field-names.ts';

const counted = (from: number, ...names: readonly string[]): Record<string, bigint> =>
  Object.fromEntries(names.map((name, index) => [name, BigInt(from + index)]));

/** include/uapi/linux: the numbers behind the words that nft lists. */
const SYMBOLS: Partial<Readonly<Record<ValueType, Readonly<Record<string, bigint>>>>> = {
  inet_proto: {
    // Words as getprotobynumber(3) gives them, which nft asks (/etc/protocols).
    ...{ ip: 0n, hopopt: 0n, icmp: 1n, igmp: 2n, ggp: 3n, ipencap: 4n, ipv4: 4n, st: 5n, tcp: 6n, egp: 8n, igp: 9n },
    ...{ pup: 12n, udp: 17n, hmp: 20n, 'xns-idp': 22n, rdp: 27n, 'iso-tp4': 29n, dccp: 33n, xtp: 36n, ddp: 37n },
    ...{ 'idpr-cmtp': 38n, ipv6: 41n, 'ipv6-route': 43n, 'ipv6-frag': 44n, idrp: 45n, rsvp: 46n, gre: 47n, esp: 50n },
    ...{ 'ipv6-crypt': 50n, ah: 51n, 'ipv6-auth': 51n, skip: 57n, 'ipv6-icmp': 58n, icmpv6: 58n, 'ipv6-nonxt': 59n },
    ...{ 'ipv6-opts': 60n, rspf: 73n, vmtp: 81n, eigrp: 88n, ospf: 89n, ospfigp: 89n, 'ax.25': 93n, ipip: 94n },
    ...{ etherip: 97n, encap: 98n, pim: 103n, comp: 108n, ipcomp: 108n, vrrp: 112n, l2tp: 115n, isis: 124n },
    ...{ sctp: 132n, fc: 133n, 'mobility-header': 135n, udplite: 136n, 'mpls-in-ip': 137n, manet: 138n, hip: 139n },
    ...{ shim6: 140n, wesp: 141n, rohc: 142n, ethernet: 143n },
  },
  icmp_type: {
    ...{ 'echo-reply': 0n, 'destination-unreachable': 3n, 'source-quench': 4n, redirect: 5n, 'echo-request': 8n },
    ...{ 'router-advertisement': 9n, 'router-solicitation': 10n, 'time-exceeded': 11n, 'parameter-problem': 12n },
    ...{ 'timestamp-request': 13n, 'timestamp-reply': 14n, 'info-request': 15n, 'info-reply': 16n },
    ...{ 'address-mask-request': 17n, 'address-mask-reply': 18n },
  },
  icmp_code: {
    ...{ 'net-unreachable': 0n, 'host-unreachable': 1n, 'prot-unreachable': 2n, 'port-unreachable': 3n },
    ...{ 'frag-needed': 4n, 'net-prohibited': 9n, 'host-prohibited': 10n, 'admin-prohibited': 13n },
  },
  icmpv6_type: {
    ...{ 'destination-unreachable': 1n, 'packet-too-big': 2n, 'time-exceeded': 3n, 'parameter-problem': 4n },
    ...{ 'echo-request': 128n, 'echo-reply': 129n, 'mld-listener-query': 130n, 'mld-listener-report': 131n },
    ...{ 'mld-listener-done': 132n, 'mld-listener-reduction': 132n, 'nd-router-solicit': 133n },
    ...{ 'nd-router-advert': 134n, 'nd-neighbor-solicit': 135n, 'nd-neighbor-advert': 136n, 'nd-redirect': 137n },
    ...{ 'router-renumbering': 138n, 'ind-neighbor-solicit': 141n, 'ind-neighbor-advert': 142n },
    ...{ 'mld2-listener-report': 143n },
  },
  icmpv6_code: {
    ...{ 'no-route': 0n, 'admin-prohibited': 1n, 'addr-unreachable': 3n, 'port-unreachable': 4n, 'policy-fail': 5n },
    ...{ 'reject-route': 6n },
  },
  tcp_flag: { fin: 1n, syn: 2n, rst: 4n, psh: 8n, ack: 16n, urg: 32n, ecn: 64n, cwr: 128n },
  pkt_type: { host: 0n, unicast: 0n, broadcast: 1n, multicast: 2n, other: 3n },
  ether_type: { ip: 0x08_00n, arp: 0x08_06n, ip6: 0x86_ddn, vlan: 0x81_00n, '8021q': 0x81_00n, '8021ad': 0x88_a8n },
  ct_state: { invalid: 1n, established: 2n, related: 4n, new: 8n, untracked: 64n },
  ct_status: {
    ...{ expected: 1n, 'seen-reply': 2n, assured: 4n, confirmed: 8n, snat: 16n, dnat: 32n, dying: 512n },
  },
  ct_dir: { original: 0n, reply: 1n },
  nf_proto: { ipv4: 2n, ipv6: 10n },
  fib_addrtype: counted(
    0,
    ...['unspec', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit'],
  ),
  dscp: {
    ...{ cs0: 0n, cs1: 8n, cs2: 16n, cs3: 24n, cs4: 32n, cs5: 40n, cs6: 48n, cs7: 56n, df: 0n, be: 0n, lephb: 1n },
    ...{ af11: 10n, af12: 12n, af13: 14n, af21: 18n, af22: 20n, af23: 22n, af31: 26n, af32: 28n, af33: 30n },
    ...{ af41: 34n, af42: 36n, af43: 38n, va: 44n, ef: 46n },
  },
};

/** Types whose values are sets of bits: several words are the bits of all of them. */
export const BIT_TYPES: ReadonlySet<ValueType> = new Set(['tcp_flag', 'ct_state', 'ct_status']);

/** One number; `undefined` for what the type does not have. */
export function readNumber(type: ValueType, value: Json | undefined): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'object' && value !== null) return BIT_TYPES.has(type) ? readBits(type, value) : undefined;
  if (typeof value !== 'string') return undefined;
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr': {
      const parsed = parseAddress(value);
      return parsed?.family === (type === 'ipv4_addr' ? 4 : 6) ? parsed.value : undefined;
    }
    case 'ether_addr':
      return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(value) ? BigInt(`0x${value.replaceAll(':', '')}`) : undefined;
    default: {
      const symbols = SYMBOLS[type];
      if (symbols !== undefined && Object.hasOwn(symbols, value)) return symbols[value];
      return /^(0x[0-9a-f]{1,32}|\d{1,39})$/.test(value) ? BigInt(value) : undefined;
    }
  }
}

const Or = z.strictObject({ '|': z.array(z.unknown()) });

/** `["syn", "ack"]` and `{"|": ["syn", "ack"]}`. */
function readBits(type: ValueType, value: Json): bigint | undefined {
  const joined = tried(Or, '|', value);
  const list = Array.isArray(value)
    ? (value as readonly Json[])
    : joined.success
      ? (joined.data['|'] as readonly Json[])
      : [];
  if (list.length === 0) return undefined;
  let bits = 0n;
  for (const each of list) {
    const bit = readNumber(type, each);
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits;
}

const PrefixValue = z.strictObject({ prefix: z.strictObject({ addr: z.unknown(), len: z.int().min(0).max(128) }) });
const RangeValue = z.strictObject({ range: z.tuple([z.unknown(), z.unknown()]) });

/** A value, a prefix, a range or a name with a wildcard. */
export function readPart(type: ValueType, value: Json): Part | undefined {
  if (type === 'ifname') return readName(value);
  const prefix = tried(PrefixValue, 'prefix', value);
  if (prefix.success) {
    const { addr, len } = prefix.data.prefix;
    return prefixSpan(type, readNumber(type, addr as Json), len);
  }
  const range = tried(RangeValue, 'range', value);
  if (range.success) {
    const [first, last] = range.data.range.map((each) => readNumber(type, each as Json));
    return first === undefined || last === undefined || first > last ? undefined : { first, last };
  }
  const one = readNumber(type, value);
  return one === undefined ? undefined : { first: one, last: one };
}

function prefixSpan(type: ValueType, address: bigint | undefined, length: number): Span | undefined {
  const bits = widthOf(type);
  if (address === undefined || bits === undefined || length > bits) return undefined;
  const size = 1n << BigInt(bits - length);
  const first = address - (address % size);
  return { first, last: first + size - 1n };
}

/** Bits of a value; `undefined` where the type alone does not say. */
export function widthOf(type: ValueType): number | undefined {
  const widths: Partial<Record<ValueType, number>> = {
    ...{ ipv4_addr: bitsOf(4), ipv6_addr: bitsOf(6), inet_service: 16, mark: 32, ether_addr: 48 },
    ...{ inet_proto: 8, tcp_flag: 8, ct_state: 32, ct_status: 32, ether_type: 16 },
    ...{ icmp_type: 8, icmp_code: 8, icmpv6_type: 8, icmpv6_code: 8 },
  };
  return widths[type];
}

/** `eth*` is a beginning, `eth\*` a name with a star in it. */
export function readName(value: Json): NamePattern | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  if (value.endsWith(String.raw`\*`)) return { name: `${value.slice(0, -2)}*`, prefix: false };
  return value.endsWith('*') ? { name: value.slice(0, -1), prefix: true } : { name: value, prefix: false };
}
