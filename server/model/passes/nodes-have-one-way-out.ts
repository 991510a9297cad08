/**
 * In: the resolved topology, the routers of its networks and the written routes. Out: for every guest, gateway and host its
 * default routes, at most one a family, and the NICs whose own packets leave by another router, since it is by these that
 * their senders came in. A guest goes through its network's router, a gateway through that of its external network; a host has
 * no default route from us unless one is written.
 */
import type { Address } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import type { Place } from '../../core/place.ts';
import type { GatewayEntry, HostEntry, Located, Topology } from '../../flow/topology.ts';
import { addressesOf, stackMates } from '../host-stack.ts';
import type { Notes } from '../report.ts';
import { byPlace, capital, listNames, related } from '../report.ts';
import { subnetKey } from '../subnet-index.ts';
import type { Addresses, NicAddress } from './addresses-have-one-owner.ts';
import type { Routers } from './networks-have-a-router.ts';
import { settleRouters, writtenRouters } from './networks-have-a-router.ts';
import type { WrittenRoute, WrittenRoutes } from './routes-have-a-next-hop.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

/** A router on the network of a NIC. */
export interface Way {
  readonly network: string;
  readonly via: Address;
}

export interface Ways {
  readonly defaults: readonly Way[];
  /** Of NICs that are not the default: what has their own address leaves by these. */
  readonly sources: readonly Way[];
  /** To a part of all addresses. */
  readonly routes: readonly WrittenRoute[];
}

export interface WaysOut {
  readonly routers: Routers;
  readonly of: (kind: 'guest' | 'gateway' | 'host', name: string) => Ways;
}

interface Node {
  /** `guest web1` */
  readonly who: string;
  readonly name: string;
  readonly place: Place;
  readonly nics: ReadonlyMap<string, RoutedNic>;
  /** By which it could go out. */
  readonly candidates: readonly Way[];
  readonly written: readonly WrittenRoute[];
  /** Who else is in its network stack. */
  readonly mates: readonly (GatewayEntry | HostEntry)[];
  /** Only a NIC that is marked, or a written route, is its way out. */
  readonly onlyIfSaid: boolean;
}

interface RoutedNic {
  readonly name: string;
  readonly place: Place;
  readonly default: Located<boolean> | null;
}

export function settleWaysOut(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  writtenRoutes: WrittenRoutes,
  notes: Notes,
): WaysOut {
  const routers = settleRouters(topology, subnets, addresses, notes);
  const written = writtenRouters(subnets);
  const ways = new Map<string, Ways>();
  const settle = (kind: 'guest' | 'gateway' | 'host', node: Omit<Node, 'who' | 'mates'>): void => {
    const mates = stackMates(topology, node.name);
    ways.set(`${kind} ${node.name}`, settleNode({ ...node, who: `${kind} ${node.name}`, mates }, notes));
  };
  const through = (name: string, networks: readonly string[], by: Routers): readonly Way[] =>
    [...networks].sort().flatMap((network) => {
      const mates = stackMates(topology, name).flatMap((mate) => addressesOf(mate, network, addresses));
      return waysThrough(addresses.of(name, network), mates, network, by);
    });
  for (const { name, place, nics } of topology.guests.values()) {
    const candidates = through(name, [...nics.keys()], routers);
    settle('guest', { name, place, nics, candidates, written: [], onlyIfSaid: false });
  }
  for (const { name, place, nics } of topology.gateways.values()) {
    // To the routers of inner networks it is one itself, unless a NIC there is marked.
    const outward = [...nics.values()].filter(
      (nic) => nic.default?.value === true || topology.networks.get(nic.name)?.external === true,
    );
    const candidates = through(
      name,
      outward.map((nic) => nic.name),
      written,
    );
    settle('gateway', { name, place, nics, candidates, written: writtenRoutes(name), onlyIfSaid: false });
  }
  for (const { name, place, nics } of topology.hosts.values()) {
    const candidates = through(name, [...nics.keys()], routers);
    settle('host', { name, place, nics, candidates, written: writtenRoutes(name), onlyIfSaid: true });
  }
  return { routers, of: (kind, name) => ways.get(`${kind} ${name}`) ?? NOWHERE };
}

const NOWHERE: Ways = { defaults: [], sources: [], routes: [] };

function settleNode(node: Node, notes: Notes): Ways {
  const routes = node.written.filter((route) => !isDefault(route));
  const marked = [...node.nics.values()]
    .filter((nic) => nic.default?.value === true)
    .sort((a, b) => byPlace(a.place, b.place));
  const [chosen, second] = marked;
  if (chosen !== undefined && second !== undefined) {
    reportTwoMarks(node, chosen, second, notes);
    return { ...NOWHERE, routes };
  }
  if (chosen !== undefined) warnWithoutRouter(node, chosen, notes);
  const defaults: Way[] = [];
  for (const family of [4, 6] as const) {
    const mine = node.candidates.filter((way) => familyOf(way.via) === family);
    const said = node.written.find((route) => isDefault(route) && familyOf(route.via) === family);
    if (said !== undefined) {
      if (mine.some((way) => way.network === chosen?.name && way.via !== said.via))
        reportWrittenAndMarked(node, said, chosen, notes);
      defaults.push({ network: said.network, via: said.via });
      continue;
    }
    const candidates = mine.filter((way) => node.nics.get(way.network)?.default?.value !== false);
    const [only] = candidates;
    const marking = candidates.find((way) => way.network === chosen?.name);
    const way = marking ?? (candidates.length === 1 && !node.onlyIfSaid ? only : undefined);
    if (way !== undefined) defaults.push(way);
    else if (candidates.length > 1 && !node.onlyIfSaid) {
      reportSeveral(node, candidates, family, notes);
      break;
    }
  }
  return { defaults, sources: sourcesBeside(defaults, node.candidates), routes };
}

/** Without a default route of its family a NIC's router is nobody's way out, its own packets' neither. */
function sourcesBeside(defaults: readonly Way[], candidates: readonly Way[]): readonly Way[] {
  return candidates.filter((way) => {
    const main = defaults.find((each) => familyOf(each.via) === familyOf(way.via));
    return main !== undefined && main.network !== way.network;
  });
}

export function isDefault({ to }: { readonly to: string }): boolean {
  return to.endsWith('/0');
}

/** One a family: the router of the first address that has one outside its own network stack. */
function waysThrough(
  own: readonly NicAddress[],
  mates: readonly NicAddress[],
  network: string,
  routers: Routers,
): readonly Way[] {
  const ways: Way[] = [];
  for (const { subnet } of own) {
    const via = routers.get(subnetKey(subnet));
    if (via === undefined || [...own, ...mates].some((each) => each.address === via)) continue;
    if (!ways.some((way) => familyOf(way.via) === subnet.family)) ways.push({ network, via });
  }
  return ways;
}

function reportTwoMarks(node: Node, first: RoutedNic, second: RoutedNic, notes: Notes): void {
  const marked = [...node.nics.values()].filter((nic) => nic.default?.value === true);
  const names = marked.sort((a, b) => byPlace(a.place, b.place)).map((nic) => nic.name);
  notes.report(
    'default-route',
    second.default?.place ?? second.place,
    `${capital(node.who)} marks its NICs on ${listNames(names)} as the default; packets take one way.`,
    {
      hint: 'leave `default: true` on one of them',
      related: [related(first.default?.place ?? first.place, 'first marked here')],
    },
  );
}

function warnWithoutRouter({ who, name, candidates, mates }: Node, chosen: RoutedNic, notes: Notes): void {
  if (candidates.some((way) => way.network === chosen.name)) return;
  if (notes.doubtful.has(chosen.name) || notes.doubtful.has(name)) return;
  const mate = mates.find(({ nics }) => nics.has(chosen.name));
  if (mate !== undefined) {
    notes.report(
      'default-without-router',
      chosen.default?.place ?? chosen.place,
      `The router of network ${chosen.name} has its network stack in common with ${who} (${mate.name}), so ${who} has no default route by it.`,
      { hint: 'mark the NIC by which the next router behind it is reached' },
    );
    return;
  }
  notes.report(
    'default-without-router',
    chosen.default?.place ?? chosen.place,
    `Network ${chosen.name} has neither a \`router\` nor a gateway, so ${who} has no default route by it.`,
    { hint: `add \`router:\` to network ${chosen.name}, or mark another NIC` },
  );
}

function reportWrittenAndMarked({ who }: Node, said: WrittenRoute, chosen: RoutedNic | undefined, notes: Notes): void {
  const place = chosen?.default?.place;
  notes.report(
    'default-route',
    said.place,
    `${capital(who)} has a default route via ${said.via} here, and its NIC on ${chosen?.name ?? said.network} is marked as the default.`,
    {
      hint: 'leave one of the two',
      related: place === undefined ? [] : [related(place, 'marked here')],
    },
  );
}

function reportSeveral({ who, place }: Node, candidates: readonly Way[], family: 4 | 6, notes: Notes): void {
  const names = candidates.map((way) => way.network);
  notes.report(
    'default-route',
    place,
    `${capital(who)} can go out over IPv${String(family)} by its NICs on ${listNames(names)}, and nothing says by which.`,
    { hint: `mark one: \`${names[0] ?? ''}: { address: …, default: true }\`` },
  );
}
