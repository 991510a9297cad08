import type { Address } from '../core/address.ts';
import type { Topology } from '../flow/topology.ts';
import { claimsOf } from './address-claims.ts';
import type { Subnets } from './passes/subnets-are-disjoint.ts';
import { subnetSeenFrom } from './realms.ts';
import type { IndexedSubnet } from './subnet-index.ts';
import { subnetKey, subnetOn } from './subnet-index.ts';

/**
 * By `subnetKey`, the addresses that the file gives to somebody, or says that somebody else has: of NICs, of routers, and what
 * gateways translate. What a policy or a target only speaks of is not among them: often it is a chosen address, looked up.
 */
export function addressesInUse(topology: Topology, subnets: Subnets): ReadonlyMap<string, readonly Address[]> {
  const inUse = new Map<string, Address[]>();
  const add = (subnet: IndexedSubnet | undefined, address: Address): void => {
    if (subnet === undefined) return;
    const list = inUse.get(subnetKey(subnet));
    if (list === undefined) inUse.set(subnetKey(subnet), [address]);
    else list.push(address);
  };
  for (const { at, owner } of claimsOf(topology)) add(subnetOn(subnets, owner.network, at.value), at.value);
  for (const subnet of [...subnets.byNetwork.values()].flat()) {
    const router = subnets.routers.get(subnetKey(subnet));
    if (router !== undefined) add(subnet, router.value);
  }
  for (const { nics, routes } of [...topology.hosts.values(), ...topology.gateways.values()]) {
    for (const { via } of routes) add(subnetSeenFrom(topology, subnets, nics.keys(), via.value), via.value);
  }
  for (const gateway of topology.gateways.values()) {
    const translated = [
      ...[...gateway.publish, ...gateway.balance].map((each) => each.listen),
      ...gateway.oneToOne.map((each) => each.outside),
    ];
    for (const at of translated) {
      if (at !== null) add(subnetSeenFrom(topology, subnets, gateway.nics.keys(), at.value), at.value);
    }
  }
  return inUse;
}
