/**
 * In: the resolved topology, its addresses and written routers. Out: the router of every subnet, and the default routes of
 * guests and gateways, at most one a family. A guest goes through its network's router, or where none is written through the
 * gateway attached to it; a gateway goes through the router of its external network.
 */
import type { Address, Family, Prefix } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import type { GatewayEntry, GuestEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, listNames, related } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

export interface WaysOut {
  /** By text of the subnet. */
  readonly routers: ReadonlyMap<Prefix, Address>;
  readonly ofGuestNic: (guest: string, network: string) => readonly Address[];
  readonly ofGateway: (gateway: string) => readonly { readonly via: Address; readonly network: string }[];
}

interface Way {
  readonly network: string;
  readonly via: Address;
}

export function settleWaysOut(topology: Topology, subnets: Subnets, addresses: Addresses, notes: Notes): WaysOut {
  const routers = settleRouters(topology, subnets, addresses, notes);
  const guestWays = new Map<string, Address[]>();
  for (const guest of topology.guests.values()) {
    for (const { network, via } of guestDefaults(guest, addresses, routers, notes)) {
      const key = `${guest.name}/${network}`;
      guestWays.set(key, [...(guestWays.get(key) ?? []), via]);
    }
  }
  const gatewayWays = new Map(
    [...topology.gateways.values()].map((gateway) => [
      gateway.name,
      gatewayDefaults(gateway, topology, subnets, addresses, notes),
    ]),
  );
  return {
    routers,
    ofGuestNic: (guest, network) => guestWays.get(`${guest}/${network}`) ?? [],
    ofGateway: (gateway) => gatewayWays.get(gateway) ?? [],
  };
}

function settleRouters(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  notes: Notes,
): ReadonlyMap<Prefix, Address> {
  const routers = new Map<Prefix, Address>([...subnets.routers].map(([subnet, router]) => [subnet, router.value]));
  const attached = new Map<
    Prefix,
    { readonly gateway: GatewayEntry; readonly network: string; readonly address: Address }[]
  >();
  for (const gateway of topology.gateways.values()) {
    for (const network of gateway.nics.keys()) {
      const seen = new Set<Prefix>();
      for (const { address, subnet } of addresses.of(gateway.name, network)) {
        // The first one is the shared one; a gateway is one way out however many addresses it has there.
        if (seen.has(subnet.text)) continue;
        seen.add(subnet.text);
        attached.set(subnet.text, [...(attached.get(subnet.text) ?? []), { gateway, network, address }]);
      }
    }
  }
  const withGuests = new Set<Prefix>();
  for (const guest of topology.guests.values()) {
    for (const network of guest.nics.keys())
      for (const { subnet } of addresses.of(guest.name, network)) withGuests.add(subnet.text);
  }
  for (const [subnet, list] of attached) {
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

function guestDefaults(
  guest: GuestEntry,
  addresses: Addresses,
  routers: ReadonlyMap<Prefix, Address>,
  notes: Notes,
): Way[] {
  const ways = [...guest.nics.keys()].sort().flatMap((network) => waysThrough(guest.name, network, addresses, routers));
  const marked = [...guest.nics.values()]
    .filter((nic) => nic.default?.value === true)
    .sort((a, b) => byPlace(a.place, b.place));
  const refused = new Set(
    [...guest.nics.values()].filter((nic) => nic.default?.value === false).map((nic) => nic.name),
  );
  if (marked[0] !== undefined && marked[1] !== undefined) {
    notes.report(
      'default-route',
      marked[1].default?.place ?? marked[1].place,
      `Guest ${guest.name} marks its NICs on ${listNames(marked.map((nic) => nic.name))} as the default; packets take one way.`,
      {
        hint: 'leave `default: true` on one of them',
        related: [related(marked[0].default?.place ?? marked[0].place, 'first marked here')],
      },
    );
    return [];
  }
  const [chosen] = marked;
  if (
    chosen !== undefined &&
    !ways.some((way) => way.network === chosen.name) &&
    !notes.doubtful.has(chosen.name) &&
    !notes.doubtful.has(guest.name)
  ) {
    notes.report(
      'default-without-router',
      chosen.default?.place ?? chosen.place,
      `Network ${chosen.name} has neither a \`router\` nor a gateway, so guest ${guest.name} has no default route by it.`,
      {
        hint: `add \`router:\` to network ${chosen.name}, or mark another NIC`,
      },
    );
  }
  const taken: Way[] = [];
  for (const family of [4, 6] as const) {
    const candidates = ways.filter((way) => familyOf(way.via) === family && !refused.has(way.network));
    const [only] = candidates;
    const way = candidates.length === 1 ? only : candidates.find((each) => each.network === chosen?.name);
    if (way !== undefined) taken.push(way);
    else if (candidates.length > 1) {
      reportSeveral(guest, candidates, family, notes);
      break;
    }
  }
  return taken;
}

function reportSeveral(guest: GuestEntry, candidates: readonly Way[], family: Family, notes: Notes): void {
  const names = candidates.map((way) => way.network);
  notes.report(
    'default-route',
    guest.place,
    `Guest ${guest.name} can go out over IPv${String(family)} by its NICs on ${listNames(names)}, and nothing says by which.`,
    {
      hint: `mark one: \`${names[0] ?? ''}: { address: …, default: true }\``,
    },
  );
}

/** One a family: the router of the first address that has one other than itself. */
function waysThrough(
  owner: string,
  network: string,
  addresses: Addresses,
  routers: ReadonlyMap<Prefix, Address>,
): Way[] {
  const own = addresses.of(owner, network);
  const ways: Way[] = [];
  for (const { subnet } of own) {
    const via = routers.get(subnet.text);
    if (via === undefined || own.some((each) => each.address === via)) continue;
    if (!ways.some((way) => familyOf(way.via) === subnet.family)) ways.push({ network, via });
  }
  return ways;
}

function gatewayDefaults(
  gateway: GatewayEntry,
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  notes: Notes,
): Way[] {
  const external = [...gateway.nics.keys()]
    .filter((network) => topology.networks.get(network)?.external === true)
    .sort();
  const written = new Map([...subnets.routers].map(([subnet, router]) => [subnet, router.value]));
  const ways = external.flatMap((network) => waysThrough(gateway.name, network, addresses, written));
  return ([4, 6] as const).flatMap((family) => {
    const candidates = ways.filter((way) => familyOf(way.via) === family);
    if (candidates.length > 1) {
      notes.report(
        'default-route',
        gateway.place,
        `Gateway ${gateway.name} can go out over IPv${String(family)} by the routers of ${listNames(candidates.map((way) => way.network))}, and nothing says by which.`,
        { hint: 'leave `router` at one of these networks only' },
      );
    }
    return candidates.slice(0, 1);
  });
}
