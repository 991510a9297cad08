/**
 * In: the resolved topology, its subnets and addresses. Out: the `routes` of gateways and hosts, each with the NIC that it
 * leaves by. The kernel takes a route only where its router is a neighbour, and a second one to the same prefix would replace
 * the first.
 */
import type { Address, Prefix } from '../../core/address.ts';
import { familyOf, prefixCovers } from '../../core/address.ts';
import type { Place } from '../../core/place.ts';
import type { GatewayEntry, HostEntry, RouteLine, Topology } from '../../flow/topology.ts';
import { addressesOf, stackMates } from '../host-stack.ts';
import type { Notes } from '../report.ts';
import { byPlace, capital, listNames, related } from '../report.ts';
import { subnetOn } from '../subnet-index.ts';
import type { Addresses, NicAddress } from './addresses-have-one-owner.ts';
import type { Subnets } from './subnets-are-disjoint.ts';
import { unusable } from './subnets-are-disjoint.ts';

export interface WrittenRoute {
  readonly to: Prefix;
  readonly via: Address;
  /** The network of the NIC that it leaves by. */
  readonly network: string;
  readonly place: Place;
}

/** By the name of the gateway or host; those that were refused are left out. */
export type WrittenRoutes = (owner: string) => readonly WrittenRoute[];

export function settleRoutes(topology: Topology, subnets: Subnets, addresses: Addresses, notes: Notes): WrittenRoutes {
  const routes = new Map<string, readonly WrittenRoute[]>();
  for (const gateway of topology.gateways.values())
    routes.set(gateway.name, routesOf('gateway', gateway, topology, subnets, addresses, notes));
  for (const host of topology.hosts.values())
    routes.set(host.name, routesOf('host', host, topology, subnets, addresses, notes));
  return (owner) => routes.get(owner) ?? [];
}

interface Owner {
  /** `gateway vgw-1` */
  readonly who: string;
  readonly name: string;
  /** Those of its NICs, in order of name. */
  readonly networks: readonly string[];
  readonly subnets: Subnets;
  /** What it has on a network; of a cluster what any of its members has. */
  readonly ownOn: (network: string) => readonly NicAddress[];
  /** `gateway nat`: who else of the same network stack has that address. */
  readonly mateAt: (network: string, via: Address) => string | undefined;
}

function routesOf(
  kind: 'gateway' | 'host',
  entry: GatewayEntry | HostEntry,
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  notes: Notes,
): readonly WrittenRoute[] {
  const { name } = entry;
  const who = `${kind} ${name}`;
  const networks = [...entry.nics.keys()].sort();
  const ownOn = (network: string): readonly NicAddress[] => addressesOf(entry, network, addresses);
  const mates = stackMates(topology, name);
  const mateAt = (network: string, via: Address): string | undefined => {
    const mate = mates.find((each) => addressesOf(each, network, addresses).some(({ address }) => address === via));
    return mate === undefined ? undefined : `${'on' in mate ? 'gateway' : 'host'} ${mate.name}`;
  };
  const owner: Owner = { who, name, networks, subnets, ownOn, mateAt };
  const made = new Map<Prefix, WrittenRoute>();
  for (const line of [...entry.routes].sort((a, b) => byPlace(a.place, b.place))) {
    const network = networks.find((each) => subnetOn(subnets, each, line.via.value) !== undefined);
    if (network === undefined) reportOutside(owner, line, notes);
    else if (isUsable(owner, line, network, notes)) {
      const route = { to: line.to.value, via: line.via.value, network, place: line.place };
      const first = made.get(route.to);
      if (first === undefined) made.set(route.to, route);
      else reportTwice(who, route, first, notes);
    }
  }
  return [...made.values()];
}

function reportOutside({ who, name, networks, subnets }: Owner, { via, to }: RouteLine, notes: Notes): void {
  // A NIC or subnet that was refused may be the one.
  if (notes.doubtful.has(name) || networks.some((each) => notes.doubtful.has(each))) return;
  const own = networks.flatMap((each) => (subnets.byNetwork.get(each) ?? []).map((subnet) => subnet.text));
  notes.report(
    'route-via',
    via.place,
    `${via.value} is on no network that ${who} has a NIC on, so it cannot hand packets to ${to.value} over to it.`,
    {
      hint:
        own.length === 0
          ? 'a router is named by its address on a network of a NIC'
          : `name the address that the router has in ${listNames(own, 4)}`,
    },
  );
}

function isUsable(
  { who, name, networks, subnets, ownOn, mateAt }: Owner,
  { to, via }: RouteLine,
  network: string,
  notes: Notes,
): boolean {
  const subnet = subnetOn(subnets, network, via.value);
  const reason = subnet === undefined ? undefined : unusable(subnet, via.value);
  const refuse = (detail: string, hint: string): boolean => {
    notes.report('route-via', via.place, detail, { hint });
    return false;
  };
  if (familyOf(to.value) !== familyOf(via.value)) {
    const [one, other] = familyOf(to.value) === 4 ? ['IPv4', 'IPv6'] : ['IPv6', 'IPv4'];
    return refuse(
      `${to.value} is ${one} and its router ${via.value} is ${other}; a route stays in its family.`,
      `name the router's ${one} address`,
    );
  }
  if (reason !== undefined)
    return refuse(
      `${via.value} is the ${reason} of ${subnet?.text ?? ''}; no router can have it.`,
      'name its own address',
    );
  const own = ownOn(network);
  if (own.some((each) => each.address === via.value))
    return refuse(
      `${via.value} is an address of ${who} itself; packets to ${to.value} would come back to where they are.`,
      'name the address of the next router',
    );
  const mate = mateAt(network, via.value);
  if (mate !== undefined)
    return refuse(
      `${via.value} is an address of ${mate}, which has its network stack in common with ${who}; packets to ${to.value} would come back to where they are.`,
      'name the address of the next router behind it',
    );
  if (subnet !== undefined && !notes.doubtful.has(name) && !own.some((each) => each.subnet.text === subnet.text))
    return refuse(
      `${capital(who)} has no address in ${subnet.text}, so it cannot reach ${via.value} there.`,
      `give its NIC on ${network} an address in ${subnet.text}`,
    );
  const connected = networks
    .flatMap((each) => subnets.byNetwork.get(each) ?? [])
    .find((each) => prefixCovers(each.text, to.value));
  if (connected === undefined) return true;
  notes.report(
    'route-connected',
    to.place,
    `${to.value} lies in ${connected.text} of network ${connected.network}, on which ${who} has a NIC: it reaches its members there itself.`,
    { hint: 'remove the route, or name a prefix behind the router' },
  );
  return false;
}

function reportTwice(who: string, route: WrittenRoute, first: WrittenRoute, notes: Notes): void {
  if (first.via === route.via) {
    notes.report(
      'duplicate',
      route.place,
      `The route to ${route.to} stands at ${who} twice; the second changes nothing.`,
      {
        hint: 'remove one of the two',
        related: [related(first.place, 'first written here')],
      },
    );
    return;
  }
  notes.report(
    'route-twice',
    route.place,
    `${capital(who)} has a route to ${route.to} via ${first.via} already; packets take one of the two, and nothing says which.`,
    {
      hint: 'leave one of them, or split the prefix',
      related: [related(first.place, `via ${first.via} is written here`)],
    },
  );
}
