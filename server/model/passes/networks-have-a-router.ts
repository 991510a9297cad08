/**
 * In: the resolved topology, its addresses and written routers. Out: the router of every subnet: the written one, else the
 * address of the gateway attached to it. With several gateways and guests that need one, the file has to say which.
 */
import type { Address } from '../../core/address.ts';
import type { GatewayEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { listNames, related } from '../report.ts';
import { subnetKey } from '../subnet-index.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

/** By `subnetKey` of the subnet. */
export type Routers = ReadonlyMap<string, Address>;

interface Attached {
  readonly gateway: GatewayEntry;
  readonly network: string;
  readonly address: Address;
}

export function settleRouters(topology: Topology, subnets: Subnets, addresses: Addresses, notes: Notes): Routers {
  const routers = new Map<string, Address>(writtenRouters(subnets));
  const withGuests = new Set<string>();
  for (const guest of topology.guests.values()) {
    for (const network of guest.nics.keys())
      for (const { subnet } of addresses.of(guest.name, network)) withGuests.add(subnetKey(subnet));
  }
  for (const [subnet, list] of attachedGateways(topology, addresses)) {
    if (routers.has(subnet)) continue;
    const [first, second] = list;
    if (first !== undefined && second === undefined) routers.set(subnet, first.address);
    if (first === undefined || second === undefined || !withGuests.has(subnet)) continue;
    const network = topology.networks.get(first.network);
    if (network === undefined) continue;
    notes.report(
      'router-needed',
      network.place,
      `Gateways ${listNames(list.map((each) => each.gateway.name).sort())} are attached to network ${network.name}, and its guests could go out through either of them.`,
      {
        hint: `add \`router: ${first.address}\`, or the address of another one`,
        related: list.flatMap(({ gateway }) => {
          const nic = gateway.nics.get(network.name);
          return nic === undefined ? [] : [related(nic.place, `gateway ${gateway.name} is attached here`)];
        }),
      },
    );
  }
  return routers;
}

export function writtenRouters(subnets: Subnets): Routers {
  return new Map([...subnets.routers].map(([subnet, router]) => [subnet, router.value]));
}

/** By subnet, each with its first address there: a gateway is one way out however many addresses it has. */
function attachedGateways(topology: Topology, addresses: Addresses): ReadonlyMap<string, readonly Attached[]> {
  const attached = new Map<string, Attached[]>();
  for (const gateway of topology.gateways.values()) {
    for (const network of gateway.nics.keys()) {
      const seen = new Set<string>();
      // The first one is the shared one.
      for (const { address, subnet } of addresses.of(gateway.name, network)) {
        const key = subnetKey(subnet);
        if (seen.has(key)) continue;
        seen.add(key);
        attached.set(key, [...(attached.get(key) ?? []), { gateway, network, address }]);
      }
    }
  }
  return attached;
}
