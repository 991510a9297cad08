/** One condition of a rule, as nft writes it. */
import type { Chance } from '../chance.ts';
import type { InChain } from './random-rules.ts';
import { BRIDGE, MAC, PORTS } from './router.ts';
import { address, port, ports, spans4, spans6 } from './random-values.ts';

export function randomMatch(from: Chance, inChain: InChain): string {
  const { table } = inChain;
  const kinds = [
    transport,
    transport,
    device,
    marks,
    ...(table === 'netdev' || (table === 'bridge' && !from.oneIn(8)) ? [] : [tracking]),
    ...(table === 'netdev' || table === 'bridge' ? [frames, frames] : []),
    protocol,
    flags,
    ...(table === 'ip6' ? [] : [four, four, four]),
    ...(table === 'ip' ? [] : [six, six]),
    ...(from.oneIn(4) ? [chancy] : []),
  ];
  return from.pick(kinds)(from, inChain);
}

const not = (from: Chance): string => (from.oneIn(4) ? '!= ' : '');
const list = (values: readonly string[]): string => `{ ${values.join(', ')} }`;

function four(from: Chance, { table }: InChain): string {
  const field = from.pick(['ip saddr', 'ip daddr']);
  switch (from.upTo(9)) {
    case 0:
      return `${field} & 0.0.0.${from.pick(['1', '3', '255'])} ${from.pick(['==', '!='])} 0.0.0.1`;
    case 1:
      return `${field} ${not(from)}@s4`;
    case 2:
      return `${field} ${not(from)}${list(spans4(from, 4))}`;
    case 3:
      return `${field} . tcp dport ${not(from)}@c4`;
    case 4:
      return `${field} . meta l4proto { ${address(from, 4)} . tcp, ${address(from, 4)} . udp }`;
    case 5:
      return `${field} ${from.pick(['<', '>', '<=', '>='])} ${address(from, 4)}`;
    case table === 'netdev' || table === 'bridge' ? -1 : 6:
      return `ct original ip daddr ${not(from)}${spans4(from, 1)[0] ?? '10.1.0.1'}`;
    default:
      return `${field} ${not(from)}${spans4(from, 1)[0] ?? '10.1.0.1'}`;
  }
}

function six(from: Chance): string {
  const field = from.pick(['ip6 saddr', 'ip6 daddr']);
  switch (from.upTo(5)) {
    case 0:
      return `${field} & ::ff ${from.pick(['==', '!='])} ::1`;
    case 1:
      return `${field} ${not(from)}@s6`;
    case 2:
      return `${field} ${not(from)}${list(spans6(from, 3))}`;
    default:
      return `${field} ${not(from)}${spans6(from, 1)[0] ?? 'fd00:a::1'}`;
  }
}

function transport(from: Chance): string {
  const field = `${from.pick(['tcp', 'tcp', 'udp'])} ${from.pick(['dport', 'dport', 'sport'])}`;
  switch (from.upTo(6)) {
    case 0:
      return `${field} ${not(from)}@p`;
    case 1:
      return `${field} ${not(from)}${list(ports(from, 3))}`;
    case 2:
      return `${field} ${from.pick(['<', '>', '<=', '>='])} ${String(port(from))}`;
    case 3:
      return `meta l4proto . th dport ${not(from)}@l`;
    default:
      return `${field} ${not(from)}${ports(from, 1)[0] ?? '22'}`;
  }
}

function frames(from: Chance): string {
  const mac = (): string => from.pick([...PORTS.map((port) => MAC[port].far), BRIDGE.mac]);
  return from.pick([
    `ether saddr ${not(from)}${mac()}`,
    `ether daddr ${not(from)}${mac()}`,
    `ether saddr ${not(from)}{ ${MAC.a0.far}, ${MAC.b0.far} }`,
    `ether type ${not(from)}${from.pick(['ip', 'ip6', 'vlan', '{ ip, vlan }'])}`,
    `vlan id ${not(from)}${from.pick(['5', '6', '4-5', '{ 5, 7 }'])}`,
    `meta protocol ${not(from)}${from.pick(['ip', 'ip6', 'vlan'])}`,
  ]);
}

function device(from: Chance): string {
  const field = from.pick(['iifname', 'oifname']);
  return `${field} ${not(from)}${from.pick(['"a0"', '"b0"', '"c0"', '"a*"', '"c*"', '{ "a0", "c*" }', '{ "b0", "c1" }', '"c1"'])}`;
}

function marks(from: Chance, { table }: InChain): string {
  const tracked = table !== 'netdev' && table !== 'bridge';
  switch (from.upTo(4)) {
    case 0:
      return `meta mark and 0x${from.pick(['1', '3', '6'])} ${from.pick(['==', '!='])} ${String(from.upTo(4))}`;
    case tracked ? 1 : -1:
      return `ct mark ${not(from)}${String(from.upTo(4))}`;
    default:
      return `meta mark ${not(from)}${from.pick(['0', '1', '2-5', '{ 1, 3 }'])}`;
  }
}

function tracking(from: Chance): string {
  return from.pick([
    ...['ct state new', 'ct state established,related', 'ct state != new', 'ct state { new, untracked }'],
    ...['ct state invalid', 'ct state new,untracked', 'ct state != invalid', 'ct state untracked'],
    ...['ct status dnat', 'ct status snat', 'ct status & (snat|dnat) == dnat', 'ct status & dnat != dnat'],
    ...['ct direction original', 'ct direction reply'],
    `meta l4proto tcp ct original proto-dst ${not(from)}${String(port(from))}`,
    ...['fib daddr type local', 'fib daddr type != local', 'fib saddr . iif oif missing'],
  ]);
}

function protocol(from: Chance, { table }: InChain): string {
  return from.pick([
    ...[
      'meta l4proto tcp',
      'meta l4proto { tcp, udp }',
      'meta l4proto != udp',
      // In a table ip6 nft 1.0.6 takes it for what it has put there itself, and does not list it.
      ...(table === 'ip6' ? [] : ['meta protocol ip']),
      'meta protocol != ip6',
    ],
    ...(table === 'inet' ? ['meta nfproto ipv4', 'meta nfproto ipv6'] : []),
    ...(table === 'ip6'
      ? []
      : ['icmp type echo-request', 'icmp type != echo-request', 'ip protocol tcp', 'icmp code 0']),
    ...(table === 'ip' ? [] : ['icmpv6 type echo-request', 'icmpv6 type { echo-reply, 135 }', 'ip6 nexthdr udp']),
  ]);
}

function flags(from: Chance): string {
  return from.pick([
    ...['tcp flags syn', 'tcp flags & (syn|ack) == syn', 'tcp flags != syn', 'tcp flags { syn, syn|ack }'],
    ...[
      'tcp flags & (fin|rst) == 0',
      'tcp flags & (fin|syn) == fin|syn',
      'tcp flags & (syn|ack) != syn',
      'tcp flags ack',
    ],
  ]);
}

/** Nobody can say whether these match. */
function chancy(from: Chance): string {
  return from.pick(['limit rate 1/hour burst 1 packets', 'numgen random mod 2 == 0', 'meta skuid 0', 'ip ttl 64']);
}
