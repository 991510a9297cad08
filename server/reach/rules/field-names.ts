/** What rules can look at, by one name each, with the type of its values. */

export const VALUE_TYPES = [
  'ipv4_addr',
  'ipv6_addr',
  'inet_service',
  'inet_proto',
  'ifname',
  'mark',
  'integer',
  'boolean',
  'dscp',
  'icmp_type',
  'icmp_code',
  'icmpv6_type',
  'icmpv6_code',
  'tcp_flag',
  'pkt_type',
  'ether_addr',
  'ether_type',
  'ct_state',
  'ct_status',
  'ct_dir',
  'nf_proto',
  'fib_addrtype',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

export function isValueType(text: string): text is ValueType {
  return (VALUE_TYPES as readonly string[]).includes(text);
}

const FIELD_TYPES = {
  iifname: 'ifname',
  oifname: 'ifname',
  mark: 'mark',
  pkttype: 'pkt_type',
  length: 'integer',
  /** What the hook is called for: `ipv4`, `ipv6`, or the family of a bridge. */
  nfproto: 'nf_proto',
  l3proto: 'ether_type',
  l4proto: 'inet_proto',
  'ip saddr': 'ipv4_addr',
  'ip daddr': 'ipv4_addr',
  'ip ttl': 'integer',
  'ip length': 'integer',
  'ip id': 'integer',
  'ip frag-off': 'integer',
  'ip dscp': 'dscp',
  'ip6 saddr': 'ipv6_addr',
  'ip6 daddr': 'ipv6_addr',
  'ip6 hoplimit': 'integer',
  'ip6 dscp': 'dscp',
  'ip6 flowlabel': 'integer',
  'ip6 length': 'integer',
  'ip6 nexthdr': 'inet_proto',
  /** Whatever the protocol: its first and its second two bytes. */
  'th sport': 'inet_service',
  'th dport': 'inet_service',
  'tcp flags': 'tcp_flag',
  'icmp type': 'icmp_type',
  'icmp code': 'icmp_code',
  'icmpv6 type': 'icmpv6_type',
  'icmpv6 code': 'icmpv6_code',
  'ether saddr': 'ether_addr',
  'ether daddr': 'ether_addr',
  /** That of a tag, where there is one; `l3proto` is what is behind it. */
  'ether type': 'ether_type',
  'vlan id': 'integer',
  'ct state': 'ct_state',
  'ct status': 'ct_status',
  'ct mark': 'mark',
  'ct direction': 'ct_dir',
  'ct zone': 'integer',
  'ct original ip saddr': 'ipv4_addr',
  'ct original ip daddr': 'ipv4_addr',
  'ct original ip6 saddr': 'ipv6_addr',
  'ct original ip6 daddr': 'ipv6_addr',
  'ct original proto-src': 'inet_service',
  'ct original proto-dst': 'inet_service',
  'fib saddr type': 'fib_addrtype',
  'fib daddr type': 'fib_addrtype',
  'fib daddr . iif type': 'fib_addrtype',
  'fib saddr . iif type': 'fib_addrtype',
  /** Whether there is a route at all (`1`), by any interface or by the one that the packet came in by. */
  'fib saddr oif': 'boolean',
  'fib saddr . iif oif': 'boolean',
  /** The same, with the packet's mark. */
  'fib saddr . mark . iif oif': 'boolean',
  /** Not of the packet: which of several numbers is tried, where the kernel takes any. */
  chance: 'integer',
} as const satisfies Readonly<Record<string, ValueType>>;

export type FieldName = keyof typeof FIELD_TYPES;

export const FIELD_NAMES = Object.keys(FIELD_TYPES) as readonly FieldName[];

export function isField(name: string): name is FieldName {
  return Object.hasOwn(FIELD_TYPES, name);
}

export function typeOf(field: FieldName): ValueType {
  return FIELD_TYPES[field];
}
