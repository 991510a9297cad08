/**
 * In: how gateways forward. Out: whether packets get from one zone to another by way of gateways, each of which judges them: one
 * with a NIC on both networks, or several in a row, each with a route on. A gateway drops what comes in where its source does
 * not belong, so each on the way needs the route back as well, unless the one before lets its own address stand for the source.
 * One between two realms lets through what it translates.
 */
import type { Prefix } from '../core/address.ts';
import { hostPrefix } from '../core/address.ts';
import type { Zone } from '../flow/model.ts';
import type { Topology } from '../flow/topology.ts';
import type { Forwarding, Hop } from './forwarding.ts';
import { realmOf } from './realms.ts';

export interface Paths {
  /** Whether gateways have routes beside those to their own networks. */
  readonly routed: boolean;
  readonly lead: (from: Zone, to: Zone) => boolean;
  /** A gateway with NICs on both that keeps them apart, since they are in different realms and nothing is translated that way. */
  readonly parted: (from: Zone, to: Zone) => string | undefined;
}

export function findPaths(topology: Topology, forwarding: Forwarding): Paths {
  const masks = (gateway: string, from: string, to: string): boolean =>
    topology.gateways.get(gateway)?.masquerade.some(({ value }) => value.from === from && value.to === to) === true;
  const written = [...topology.gateways.values()].some((gateway) => gateway.routes.length > 0);

  const between = (from: Zone, to: Zone): readonly string[] => {
    const far = new Set(forwarding.attachedTo(to.network));
    return forwarding.attachedTo(from.network).filter((gateway) => far.has(gateway));
  };

  const realmOn = (network: string): string => realmOf(topology.networks.get(network));
  const joins = (gateway: string, from: string, to: string): boolean =>
    realmOn(from) === realmOn(to) || masks(gateway, from, to) || swaps(gateway, from, to);
  const swaps = (gateway: string, from: string, to: string): boolean =>
    topology.gateways.get(gateway)?.oneToOne.some(({ inside, outside }) => {
      const ends = [inside, outside].map((each) => forwarding.hop(gateway, hostPrefix(each.value))?.network);
      return ends.includes(from) && ends.includes(to);
    }) === true;

  const parted = (from: Zone, to: Zone): string | undefined =>
    realmOn(from.network) === realmOn(to.network) ? undefined : between(from, to)[0];

  const lead = (from: Zone, to: Zone): boolean => {
    const near = forwarding.attachedTo(from.network);
    const joining = between(from, to);
    if (joining.some((gateway) => joins(gateway, from.network, to.network))) return true;
    if (!forwarding.routed) return false;
    return addressesOf(to).some((prefix) => near.some((gateway) => walk(gateway, from, to, prefix)));
  };

  /** Follows a packet that came in from `from` at the first gateway, to its end. */
  const walk = (first: string, from: Zone, to: Zone, prefix: Prefix): boolean => {
    const passed = new Set<string>();
    let gateway = first;
    let masked = false;
    let came = from.network;
    for (;;) {
      if (passed.has(gateway)) return false;
      passed.add(gateway);
      // To a part of it is a way, too.
      if (to.prefixes !== null && forwarding.leadsInto(gateway, prefix)) return joins(gateway, came, to.network);
      const hop = forwarding.hop(gateway, prefix);
      if (hop === undefined) return false;
      if (!joins(gateway, came, hop.network)) return false;
      if (hop.type === 'connected') return hop.network === to.network;
      const next = forwarding.ownerOf(hop.network, hop.via);
      if (next === undefined) return leadsBeyond(hop, to, topology);
      masked ||= masks(gateway, from.network, hop.network);
      if (!masked && !belongs(next, from, hop)) return false;
      gateway = next;
      came = hop.network;
    }
  };

  const belongs = (gateway: string, from: Zone, came: Hop): boolean =>
    addressesOf(from).some((source) => forwarding.hop(gateway, source)?.network === came.network) ||
    (from.internet && topology.networks.get(came.network)?.external === true);

  return { routed: written, lead, parted };
}

/** A router that the file does not know: beyond an external network lies internet, beyond others what the route says. */
function leadsBeyond(hop: Hop, to: Zone, topology: Topology): boolean {
  if (hop.network === to.network) return true;
  const external = topology.networks.get(hop.network)?.external === true;
  return external ? to.internet : true;
}

function addressesOf({ prefixes }: Zone): readonly Prefix[] {
  return prefixes ?? ['0.0.0.0/0', '::/0'];
}
