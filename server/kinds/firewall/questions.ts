/** What a gateway is asked by the networks that it hands out addresses to: DHCP, DHCPv6 and names, from there and nowhere else. */
import type { Family } from '../../core/address.ts';
import type { NamedSet, Rule, SetElement } from '../../core/nft/ast.ts';
import {
  ACCEPT,
  COUNTER,
  destination,
  match,
  meta,
  oneOf,
  payload,
  prefixValue,
  rule,
  source,
  together,
} from '../../core/nft/write.ts';
import { dhcpBy, nameServer } from '../link-dhcp.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
import { FAMILIES, inFamily, prefixesOf } from '../nft-gateway.ts';
import { addressType } from '../nft-publish.ts';

const DHCP = { server: 67, client: 68 } as const;
/** RFC 9915, 7.2: from port 546 as a rule, which nobody has to keep to. */
const DHCPV6_SERVER = 547;
const EVERY_SERVER = 'ff02::1:2';
const NAMES = 53;

export function questions(view: GatewayView): {
  readonly rules: readonly Rule[];
  readonly sets: Record<string, NamedSet>;
} {
  const [four, six] = FAMILIES.map((family) => portsOf(view, family));
  const names = FAMILIES.map((family) => nameServers(view, family)).filter(({ elements }) => elements.length > 0);
  return {
    rules: [
      ...(four === undefined || four.length === 0 ? [] : [addressesOfFour(four)]),
      ...(six === undefined || six.length === 0 ? [] : [addressesOfSix(six)]),
      ...names.flatMap(({ family, name }) =>
        (['udp', 'tcp'] as const).map((protocol) =>
          rule(
            `names-${protocol}-${String(family)}`,
            match(together(meta('iifname'), destination(family)), `@${name}`),
            match(payload(protocol, 'dport'), NAMES),
            COUNTER,
            ACCEPT,
          ),
        ),
      ),
    ],
    sets: Object.fromEntries(
      names.map(({ name, family, elements }) => [
        name,
        { key: ['ifname', addressType(family)], data: null, interval: false, counter: false, elements: [...elements] },
      ]),
    ),
  };
}

/** Who has no address yet, whose packets would be taken for spoofed. */
export function asksForAddress(view: GatewayView): readonly Rule[] {
  const ports = portsOf(view, 4);
  if (ports.length === 0) return [];
  return [
    rule(
      'asks-for-address',
      match(meta('iifname'), oneOf(ports.map(({ device }) => device))),
      match(source(4), '0.0.0.0'),
      match(destination(4), '255.255.255.255'),
      match(payload('udp', 'sport'), DHCP.client),
      match(payload('udp', 'dport'), DHCP.server),
      COUNTER,
      ACCEPT,
    ),
  ];
}

/** To everybody, or to the gateway itself while a lease is renewed. */
function addressesOfFour(ports: readonly GatewayPort[]): Rule {
  return rule(
    'dhcp-4',
    match(meta('iifname'), oneOf(ports.map(({ device }) => device))),
    match(payload('udp', 'sport'), DHCP.client),
    match(payload('udp', 'dport'), DHCP.server),
    COUNTER,
    ACCEPT,
  );
}

function addressesOfSix(ports: readonly GatewayPort[]): Rule {
  return rule(
    'dhcp-6',
    match(meta('iifname'), oneOf(ports.map(({ device }) => device))),
    match(source(6), prefixValue('fe80::/10')),
    match(destination(6), EVERY_SERVER),
    match(payload('udp', 'dport'), DHCPV6_SERVER),
    COUNTER,
    ACCEPT,
  );
}

function nameServers(view: GatewayView, family: Family) {
  const elements = portsOf(view, family).flatMap(({ nic, device }): SetElement[] => {
    const address = nameServer(nic, family);
    return address === undefined ? [] : [{ key: [device, address], id: null, value: null }];
  });
  return { family, name: `names-${String(family)}`, elements };
}

function portsOf({ gateway, ports }: GatewayView, family: Family): readonly GatewayPort[] {
  return ports.filter(
    ({ network }) => dhcpBy(gateway, network) !== undefined && inFamily(family, prefixesOf(network)).length > 0,
  );
}
