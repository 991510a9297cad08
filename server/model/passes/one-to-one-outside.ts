import type { GatewayEntry, OneToOneLine } from '../../flow/topology.ts';
import { subnetSeenFrom } from '../realms.ts';
import { listNames, related } from '../report.ts';
import { subnetKey, subnetOn } from '../subnet-index.ts';
import type { IndexedSubnet } from '../subnet-index.ts';
import type { OneToOneContext } from './one-to-one-context.ts';
import { unusable } from './subnets-are-disjoint.ts';

export interface Outer {
  readonly network: string;
  /** In a subnet there: the gateway answers for it. Else it must be routed to the gateway. */
  readonly local: boolean;
}

/** The external network that the outside of a one-to-one belongs to. */
export function outsideOf(gateway: GatewayEntry, line: OneToOneLine, context: OneToOneContext): Outer | undefined {
  const { topology, subnets } = context;
  const external = [...gateway.nics.keys()]
    .filter((network) => topology.networks.get(network)?.external === true)
    .sort();
  const address = line.outside.value;
  for (const network of external) {
    const subnet = subnetOn(subnets, network, address);
    if (subnet !== undefined) return isUsable(gateway, line, subnet, context) ? { network, local: true } : undefined;
  }
  const elsewhere = subnetSeenFrom(topology, subnets, gateway.nics.keys(), address);
  return elsewhere === undefined
    ? routed(gateway, line, external, context)
    : refuse(gateway, line, `${address} lies on network ${elsewhere.network}, ${whyNot(gateway, elsewhere)}.`, context);
}

function whyNot(gateway: GatewayEntry, { network }: IndexedSubnet): string {
  return gateway.nics.has(network)
    ? 'which is not external, so nobody outside sends to it'
    : `where gateway ${gateway.name} has no NIC`;
}

/** In no subnet: whoever is outside has a route to the gateway for it. */
function routed(
  gateway: GatewayEntry,
  line: OneToOneLine,
  external: readonly string[],
  context: OneToOneContext,
): Outer | undefined {
  const address = line.outside.value;
  const [network, second] = external;
  if (network === undefined) {
    return refuse(gateway, line, `Gateway ${gateway.name} has no NIC on an external network.`, context);
  }
  if (second !== undefined) {
    const detail = `${address} is in no subnet of ${listNames(external)}, and it does not say by which of them flows leave with it.`;
    return refuse(gateway, line, detail, context);
  }
  context.notes.report(
    'one-to-one-not-local',
    line.outside.place,
    `${address} is in no subnet of the topology, so nobody asks for it by ARP or neighbour discovery; it must be routed to gateway ${gateway.name}.`,
    { hint: `make sure that the router outside has such a route, or choose an address of network ${network}` },
  );
  return { network, local: false };
}

function refuse(
  gateway: GatewayEntry,
  line: OneToOneLine,
  detail: string,
  { notes }: OneToOneContext,
): Outer | undefined {
  if (notes.doubtful.has(gateway.name)) return undefined;
  notes.report('one-to-one-impossible', line.outside.place, detail, {
    hint: 'the first address is one of an external network that the gateway has a NIC on: `OUTSIDE <-> INSIDE`',
  });
  return undefined;
}

function isUsable(
  gateway: GatewayEntry,
  { outside }: OneToOneLine,
  subnet: IndexedSubnet,
  { addresses, subnets, notes }: OneToOneContext,
): boolean {
  const address = outside.value;
  const reason = unusable(subnet, address);
  if (reason !== undefined) {
    const detail = `${address} is the ${reason} of ${subnet.text}; nobody can have it.`;
    notes.report('address-unusable', outside.place, detail, { hint: 'choose another address of the subnet' });
    return false;
  }
  const owner = addresses.ownerOf(subnet.realm, address);
  if (owner?.name === gateway.name) {
    notes.report(
      'address-twice',
      outside.place,
      `${address} is gateway ${gateway.name}'s own address; given away as a whole, the gateway itself and what it masquerades would have none.`,
      {
        hint: 'choose a free address of the subnet, or publish single ports of this one',
        related: [related(owner.place, 'the gateway has it here')],
      },
    );
    return false;
  }
  const router = subnets.routers.get(subnetKey(subnet));
  const holder = owner === undefined ? `the router of network ${subnet.network}` : `${owner.kind} ${owner.name}`;
  const place = owner?.place ?? (router?.value === address ? router.place : undefined);
  if (place === undefined) return true;
  notes.report(
    'address-twice',
    outside.place,
    `${address} belongs to ${holder}; gateway ${gateway.name} cannot answer for it.`,
    { hint: 'choose a free address of the subnet', related: [related(place, 'first used here')] },
  );
  return false;
}
