/**
 * In: the resolved topology. Out: what a host's own network stack has: the host's NICs, and those of the gateway that runs in
 * that stack. Where both have a NIC on one network, it is one interface with the addresses of both.
 */
import type { GatewayEntry, GatewayNicEntry, HostEntry, HostNicEntry, Topology } from '../flow/topology.ts';
import type { Addresses, NicAddress } from './passes/addresses-have-one-owner.ts';

/** The gateways that run in the host's own stack, in the order of the file; more than one is a mistake. */
export function gatewaysInStack(topology: Topology, host: string): readonly GatewayEntry[] {
  return [...topology.gateways.values()].filter(
    ({ runs, on }) => runs.value === 'host' && on.some((each) => each.value === host),
  );
}

/**
 * Who else has addresses in the same network stack: the gateways that run in a host's, the hosts that a gateway runs in. A router
 * there is nobody's next hop: the kernel takes no route through an address that is its own.
 */
export function stackMates(topology: Topology, name: string): readonly (GatewayEntry | HostEntry)[] {
  if (topology.hosts.has(name)) return gatewaysInStack(topology, name);
  const gateway = topology.gateways.get(name);
  if (gateway?.runs.value !== 'host') return [];
  return gateway.on.flatMap((each) => topology.hosts.get(each.value) ?? []);
}

/** All that an owner has on a network; of a cluster what any of its members has. */
export function addressesOf(
  owner: GatewayEntry | HostEntry,
  network: string,
  addresses: Addresses,
): readonly NicAddress[] {
  const hosts = 'on' in owner ? owner.on.map((each) => each.value) : [];
  return [
    ...addresses.of(owner.name, network),
    ...hosts.flatMap((host) => addresses.ofMember(owner.name, network, host)),
  ];
}

/** A NIC of which the host has no address is in it without one. */
export function stackNics(topology: Topology, host: HostEntry): readonly HostNicEntry[] {
  const own = [...host.nics.values()];
  const routed = gatewaysInStack(topology, host.name).flatMap(({ nics }) => [...nics.values()]);
  const shared = own.map((nic) => ({
    ...nic,
    port: nic.port ?? routed.find(({ name, port }) => name === nic.name && port !== null)?.port ?? null,
    fabric: nic.fabric ?? routed.find(({ name, fabric }) => name === nic.name && fabric !== undefined)?.fabric,
  }));
  const known = new Set(host.nics.keys());
  const further: HostNicEntry[] = [];
  for (const nic of routed) {
    if (known.has(nic.name)) continue;
    known.add(nic.name);
    further.push(withoutAddress(nic));
  }
  return [...shared, ...further];
}

function withoutAddress({ name, place, description, port, fabric, mac }: GatewayNicEntry): HostNicEntry {
  return { name, place, description, addresses: [], port, fabric, takeover: false, mac, default: null };
}
