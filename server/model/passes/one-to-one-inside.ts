import type { GatewayEntry, OneToOneLine } from '../../flow/topology.ts';
import { subnetSeenFrom } from '../realms.ts';
import { related } from '../report.ts';
import type { RelatedPlace } from '../../core/diagnostic.ts';
import type { OneToOneContext } from './one-to-one-context.ts';
import { unusable } from './subnets-are-disjoint.ts';

export interface Inner {
  readonly network: string;
  readonly guest: string | null;
}

/** The network that the inside of a one-to-one lies on, and the guest that has the address, if any does. */
export function insideOf(gateway: GatewayEntry, line: OneToOneLine, context: OneToOneContext): Inner | undefined {
  const { topology, subnets, addresses } = context;
  const address = line.inside.value;
  const subnet = subnetSeenFrom(topology, subnets, gateway.nics.keys(), address);
  if (subnet === undefined) return refuse(gateway, line, `${address} is in no subnet of the topology.`, context);
  const { network } = subnet;
  if (!gateway.nics.has(network)) {
    const detail = `${address} lies on network ${network}, where gateway ${gateway.name} has no NIC.`;
    return refuse(gateway, line, detail, context);
  }
  if (topology.networks.get(network)?.external === true) {
    const detail = `${address} lies on the external network ${network}, where it needs nothing that stands for it.`;
    return refuse(gateway, line, detail, context);
  }
  const reason = unusable(subnet, address);
  if (reason !== undefined) {
    const detail = `${address} is the ${reason} of ${subnet.text}; nobody has it.`;
    return refuse(gateway, line, detail, context);
  }
  const owner = addresses.ownerOf(subnet.realm, address);
  if (owner?.kind === 'gateway') {
    const detail = `${address} is an address of gateway ${owner.name}, and a one-to-one leads to a guest.`;
    return refuse(gateway, line, detail, context, [related(owner.place, 'the gateway has it here')]);
  }
  return { network, guest: owner?.kind === 'guest' ? owner.name : null };
}

function refuse(
  gateway: GatewayEntry,
  line: OneToOneLine,
  detail: string,
  { notes }: OneToOneContext,
  places: readonly RelatedPlace[] = [],
): Inner | undefined {
  if (notes.doubtful.has(gateway.name)) return undefined;
  notes.report('one-to-one-impossible', line.inside.place, detail, {
    hint: 'the second address is that of a guest on an inner network of the gateway: `OUTSIDE <-> INSIDE`',
    related: places,
  });
  return undefined;
}
