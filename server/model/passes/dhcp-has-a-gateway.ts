/**
 * In: the resolved networks, their routers and the addresses of gateways. Out: for every network that asks for DHCP the gateway
 * that answers: the one that is its router, else the only one there. Says where there is none, and where it would answer
 * strangers.
 */
import { mustParsePrefix } from '../../core/address.ts';
import type { Dhcp } from '../../flow/model.ts';
import type { GatewayEntry, NetworkEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { listNames, related } from '../report.ts';
import { subnetKey } from '../subnet-index.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { WaysOut } from './nodes-have-one-way-out.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

/** By network. */
export type Dhcps = ReadonlyMap<string, Dhcp>;

export function settleDhcp(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  { routers }: WaysOut,
  notes: Notes,
): Dhcps {
  const settled = new Map<string, Dhcp>();
  const attached = gatewaysByNetwork(topology);
  for (const entry of topology.networks.values()) {
    if (entry.dhcp === null) continue;
    refuseWide(entry, notes);
    const gateways = attached.get(entry.name) ?? [];
    const isRouter = ({ name }: GatewayEntry): boolean =>
      (subnets.byNetwork.get(entry.name) ?? []).some((subnet) => {
        const router = routers.get(subnetKey(subnet));
        return addresses.of(name, entry.name).some(({ address }) => address === router);
      });
    const [only, ...others] = gateways;
    const gateway = gateways.find(isRouter) ?? (others.length === 0 ? only : undefined);
    if (gateway === undefined || entry.external) report(entry, gateways, notes);
    else settled.set(entry.name, dhcpOf(topology, entry, gateway));
  }
  return settled;
}

function dhcpOf(topology: Topology, { dhcp }: NetworkEntry, { name }: GatewayEntry): Dhcp {
  return {
    gateway: name,
    domain: dhcp?.domain?.value ?? `${topology.name}.internal`,
    upstream: [...new Set(dhcp?.upstream.map(({ value }) => value) ?? [])],
  };
}

/** DHCPv6 hands out addresses of one link, whose prefix has 64 bits at least (RFC 7421). */
function refuseWide({ name, dhcp, subnets }: NetworkEntry, notes: Notes): void {
  for (const { value, place } of subnets) {
    const { family, length, text } = mustParsePrefix(value);
    if (dhcp === null || family === 4 || length >= 64) continue;
    notes.report(
      'dhcp-subnet',
      place,
      `Network ${name} asks for DHCP, and ${text} is wider than a /64: no DHCPv6 server hands out addresses of it.`,
      { hint: 'take a /64 of it', related: [related(dhcp.place, 'DHCP is asked for here')] },
    );
  }
}

function report({ name, dhcp, external }: NetworkEntry, gateways: readonly GatewayEntry[], notes: Notes): void {
  if (dhcp === null) return;
  if (external) {
    notes.report(
      'dhcp-gateway',
      dhcp.place,
      `Network ${name} is external: whoever runs it hands out addresses there, and a second one that answers gives its strangers wrong ones.`,
      { hint: 'leave `dhcp` out here' },
    );
  } else if (gateways.length === 0) {
    notes.report('dhcp-gateway', dhcp.place, `Network ${name} asks for DHCP, and no gateway is attached to it.`, {
      hint: `give a gateway a NIC on ${name}, or leave \`dhcp\` out`,
    });
  } else {
    const names = listNames(gateways.map((each) => each.name));
    notes.report(
      'dhcp-gateway',
      dhcp.place,
      `Network ${name} asks for DHCP, and gateways ${names} are attached to it; none of them is its router, so nothing says which one answers.`,
      { hint: 'write the address of the one that is to answer as `router` of the network' },
    );
  }
}

function gatewaysByNetwork({ gateways }: Topology): ReadonlyMap<string, readonly GatewayEntry[]> {
  const found = new Map<string, GatewayEntry[]>();
  const sorted = [...gateways.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const gateway of sorted)
    for (const network of gateway.nics.keys()) found.set(network, [...(found.get(network) ?? []), gateway]);
  return found;
}
