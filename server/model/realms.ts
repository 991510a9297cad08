import type { Address } from '../core/address.ts';
import type { NetworkEntry, Topology } from '../flow/topology.ts';
import { readEndpoint } from './endpoints.ts';
import type { IndexedSubnet, SubnetIndex } from './subnet-index.ts';
import { subnetOf, subnetOn } from './subnet-index.ts';

/** The routing domain of a network that names none. */
export const MAIN_REALM = 'main';

export function realmOf(network: Pick<NetworkEntry, 'realm'> | undefined): string {
  return network?.realm?.value ?? MAIN_REALM;
}

/** Every realm of the topology, in order of name. */
export function realmsOf(topology: Topology): readonly string[] {
  return [...new Set([...topology.networks.values()].map(realmOf))].sort();
}

/**
 * The realms that something with NICs on these networks is in, those of inner networks first: what lies inside is what an
 * address means, before the same one outside.
 */
export function realmsOn(topology: Topology, networks: Iterable<string>): readonly string[] {
  const entries = [...networks].flatMap((name) => topology.networks.get(name) ?? []);
  const sorted = (external: boolean): string[] =>
    entries
      .filter((network) => network.external === external)
      .map(realmOf)
      .sort();
  return [...new Set([...sorted(false), ...sorted(true)])];
}

/**
 * Where an address lies as a node with NICs on these networks sees it: on one of them, else on another network of its realms.
 * The first is never in doubt, since the NICs of one stack do not overlap.
 */
export function subnetSeenFrom(
  topology: Topology,
  subnets: SubnetIndex,
  networks: Iterable<string>,
  address: Address,
): IndexedSubnet | undefined {
  const own = [...networks];
  for (const network of own) {
    const subnet = subnetOn(subnets, network, address);
    if (subnet !== undefined) return subnet;
  }
  for (const realm of realmsOn(topology, own)) {
    const subnet = subnetOf(subnets, realm, address);
    if (subnet !== undefined) return subnet;
  }
  return undefined;
}

/** Whether an endpoint as written names a realm (`p3/10.1.1.7`) that no network is in. */
export function namesUnknownRealm(endpoint: string, topology: Topology): boolean {
  const form = readEndpoint(endpoint);
  const realm = form.type === 'address' || form.type === 'prefix' ? form.realm : null;
  return realm !== null && !realmsOf(topology).includes(realm);
}
