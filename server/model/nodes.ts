/**
 * In: what the passes settled. Out: the networks, guests and gateways of the model, in order of name. Like `hosts.ts` it
 * decides nothing.
 */
import type { Address } from '../core/address.ts';
import type {
  Gateway,
  GatewayMember,
  GatewayNic,
  Guest,
  GuestNic,
  HostNic,
  Masquerade,
  MemberNic,
  Network,
  OneToOne,
  Protection,
  Routing,
  Size,
} from '../flow/model.ts';
import type { GatewayEntry, GuestEntry, SizeEntry } from '../flow/topology.ts';
import { buildHostNics } from './host-nics.ts';
import { freeEndName, gatewayNicName, hostEndName, namespaceName } from './interface-names.ts';
import type { Way } from './passes/nodes-have-one-way-out.ts';
import { realmOf } from './realms.ts';
import { subnetKey } from './subnet-index.ts';
import { compareText } from './report.ts';
import { routerAddress } from './router-address.ts';
import { settleRouterIds } from './router-ids.ts';
import type { RouterIds } from './router-ids.ts';
import { buildRouting, gatewayBlock, gatewaySources, interceptSources } from './routing.ts';
import { normalServices } from './services.ts';
import type { Settled } from './settled.ts';

export function buildNetworks(settled: Settled): ReadonlyMap<string, Network> {
  const { topology, transports, subnets, mtus, waysOut } = settled;
  return byName(topology.networks, (entry): Network => {
    const { name, place, description, external, isolated } = entry;
    const own = subnets.byNetwork.get(name) ?? [];
    return {
      name,
      place,
      description,
      realm: realmOf(entry),
      external,
      isolated: isolated?.value ?? false,
      dhcp: settled.dhcps.get(name) ?? null,
      transport: transports.get(name) ?? { type: 'untagged' },
      subnets: own
        .map((subnet) => ({ prefix: subnet.text, router: waysOut.routers.get(subnetKey(subnet)) ?? null }))
        .sort((a, b) => compareText(a.prefix, b.prefix)),
      mtu: mtus.get(name) ?? settled.defaultMtu,
      ipv6: own.some((subnet) => subnet.family === 6),
    };
  });
}

export function buildGuests(settled: Settled): ReadonlyMap<string, Guest> {
  return byName(settled.topology.guests, (entry): Guest => ({
    name: entry.name,
    place: entry.place,
    description: entry.description,
    host: entry.on.value,
    runs: entry.runs?.value ?? 'external',
    nics: guestNics(entry, settled),
    listens: normalServices(entry.listens.map((each) => each.value)),
    protection: entry.protection?.value ?? DEFAULT_PROTECTION,
    needs: sizeOf(entry.needs),
    free: entry.free !== null,
    mayRunOn: guestHomes(entry, settled),
  }));
}

/** Of one that nothing moves it is not asked. */
function guestHomes({ on, free, nics, protection }: GuestEntry, { homes }: Settled): readonly string[] {
  if (free === null && (protection?.value ?? DEFAULT_PROTECTION) === 'none') return [];
  const carrying = homes.like([...nics.keys()].sort(compareText), on.value);
  if (free === null || free.hosts.length === 0) return carrying;
  const named = new Set(free.hosts.map(({ value }) => value));
  return carrying.filter((host) => named.has(host));
}

/** A gateway in the stack of a host itself goes nowhere without it. */
function gatewayHomes({ on, nics, runs, protection }: GatewayEntry, { homes }: Settled): readonly string[] {
  const [first] = on;
  if ((protection?.value ?? DEFAULT_PROTECTION) === 'none' || first === undefined) return [];
  if (runs.value === 'host') return on.map(({ value }) => value).sort(compareText);
  return homes.like([...nics.keys()].sort(compareText), first.value);
}

function guestNics(
  entry: GuestEntry,
  { topology, addresses, macs, mtus, defaultMtu, waysOut }: Settled,
): readonly GuestNic[] {
  return inOrder(entry.nics).map(({ name: network, place, port }): GuestNic => ({
    network,
    place,
    addresses: addresses.of(entry.name, network).map((each) => each.written),
    mac: macs.ofGuest(entry.name, network),
    mtu: mtus.get(network) ?? defaultMtu,
    device: freeEndName(topology.name, entry.name, network),
    port: port?.value ?? hostEndName(topology.name, entry.name, network),
    existing: port !== null,
    defaultVia: routersOn(network, waysOut.of('guest', entry.name).defaults),
    sourceVia: routersOn(network, waysOut.of('guest', entry.name).sources),
  }));
}

function routersOn(network: string, ways: readonly Way[]): readonly Address[] {
  return ways.filter((way) => way.network === network).map((way) => way.via);
}

export function buildGateways(
  settled: Settled,
  masquerades: ReadonlyMap<string, readonly Masquerade[]>,
): ReadonlyMap<string, Gateway> {
  const { topology, publishes } = settled;
  const routerIds = settleRouterIds(topology);
  return byName(topology.gateways, (entry): Gateway => {
    const nics = gatewayNics(entry, settled, routerIds);
    const oneToOnes = settled.oneToOnes.ofGateway.get(entry.name) ?? [];
    return {
      name: entry.name,
      place: entry.place,
      description: entry.description,
      runs: entry.runs.value,
      members: [...new Set(entry.on.map((each) => each.value))].map((host) => memberOf(entry, host, settled)),
      nics,
      masquerades: masquerades.get(entry.name) ?? [],
      publishes: publishes.ofGateway.get(entry.name) ?? [],
      oneToOnes,
      routing: gatewayRouting(entry, nics, oneToOnes, settled),
      balances: publishes.balances.get(entry.name) ?? [],
      intercepts: settled.intercepts.get(entry.name) ?? [],
      failover: {
        advertise: entry.failover?.advertise?.value ?? DEFAULT_ADVERTISE,
        keepConnections: entry.failover?.keepConnections?.value ?? true,
        preempt: entry.failover?.preempt?.value ?? false,
        adverts: entry.failover?.adverts?.value ?? 'multicast',
      },
      protection: entry.protection?.value ?? DEFAULT_PROTECTION,
      needs: sizeOf(entry.needs),
      mayRunOn: gatewayHomes(entry, settled),
    };
  });
}

function gatewayRouting(
  entry: GatewayEntry,
  nics: readonly GatewayNic[],
  oneToOnes: readonly OneToOne[],
  settled: Settled,
): Routing {
  const { topology, waysOut } = settled;
  const inHost = hostNics(entry, entry.on[0]?.value ?? '', settled);
  const deviceOn = (network: string): string | undefined =>
    inHost === undefined ? gatewayNicName(topology.name, entry.name, network) : inHost.get(network)?.device;
  const { routes, sources } = buildRouting(waysOut.of('gateway', entry.name), {
    topology: topology.name,
    deviceOn,
    sourcesOn: (network) => gatewaySources(network, nics, oneToOnes),
    block: gatewayBlock(topology, entry),
    forwards: true,
  });
  const intercepts = settled.intercepts.get(entry.name) ?? [];
  return { routes, sources: [...sources, ...interceptSources(topology.name, intercepts, deviceOn)] };
}

/** For a gateway in the host's own stack: the interfaces there, by network. */
function hostNics(entry: GatewayEntry, host: string, settled: Settled): ReadonlyMap<string, HostNic> | undefined {
  const on = settled.topology.hosts.get(host);
  if (entry.runs.value !== 'host') return undefined;
  return new Map(on === undefined ? [] : buildHostNics(on, settled).map((nic) => [nic.network, nic]));
}

function memberOf(entry: GatewayEntry, host: string, settled: Settled): GatewayMember {
  const { topology, memberAddresses, macs } = settled;
  const inHost = hostNics(entry, host, settled);
  return {
    name: `${entry.name}@${host}`,
    host,
    namespace: inHost === undefined ? namespaceName(topology.name, entry.name) : null,
    nics: inOrder(entry.nics).flatMap(({ name: network }): MemberNic[] => {
      const own = memberAddresses(entry.name, network, host);
      const made = macs.ofMember(entry.name, network, host);
      if (inHost === undefined)
        return [{ network, device: gatewayNicName(topology.name, entry.name, network), mac: made, own }];
      const nic = inHost.get(network);
      return nic === undefined ? [] : [{ network, device: nic.device, mac: nic.mac ?? made, own }];
    }),
  };
}

/** Milliseconds: RFC 9568's default of one second. */
const DEFAULT_ADVERTISE = 1000;
const DEFAULT_PROTECTION: Protection = 'none';

export function sizeOf(entry: SizeEntry | null): Size | null {
  return entry === null ? null : { cpus: entry.cpus?.value ?? null, memory: entry.memory?.value ?? null };
}

function gatewayNics(
  entry: GatewayEntry,
  { topology, addresses, mtus, defaultMtu, subnets, publishes, oneToOnes, forwarding, dhcps }: Settled,
  routerIds: RouterIds,
): readonly GatewayNic[] {
  const isCluster = new Set(entry.on.map((each) => each.value)).size > 1;
  const advertises = (network: string): boolean =>
    isCluster &&
    dhcps.get(network)?.gateway === entry.name &&
    (subnets.byNetwork.get(network) ?? []).some((subnet) => subnet.family === 6);
  return inOrder(entry.nics).map(({ name: network, place }): GatewayNic => ({
    network,
    place,
    routerId: routerIds(entry.name, network) ?? null,
    mtu: mtus.get(network) ?? defaultMtu,
    ipv6: (subnets.byNetwork.get(network) ?? []).some((subnet) => subnet.family === 6),
    addresses: addresses.of(entry.name, network).map((each) => each.written),
    behind: forwarding.behind(entry.name, network),
    ...(advertises(network) ? { routerAddress: routerAddress(topology.name, entry.name, network) } : {}),
    natAddresses: [
      ...(publishes.natAddresses.get(entry.name)?.get(network) ?? []),
      ...(oneToOnes.natAddresses.get(entry.name)?.get(network) ?? []),
    ].sort(),
  }));
}

function byName<E extends { readonly name: string }, T>(
  entries: ReadonlyMap<string, E>,
  build: (entry: E) => T,
): ReadonlyMap<string, T> {
  const built = new Map<string, T>();
  for (const entry of inOrder(entries)) built.set(entry.name, build(entry));
  return built;
}

function inOrder<E extends { readonly name: string }>(entries: ReadonlyMap<string, E>): readonly E[] {
  return [...entries.values()].sort((a, b) => compareText(a.name, b.name));
}
