/**
 * In: what the passes settled. Out: the networks, guests and gateways of the model, in order of name. Like `hosts.ts` it
 * decides nothing.
 */
import type { Gateway, GatewayNic, Guest, GuestNic, Masquerade, Network } from '../flow/model.ts';
import type { GatewayEntry, GuestEntry } from '../flow/topology.ts';
import { freeEndName, gatewayNicName, hostEndName, namespaceName } from './interface-names.ts';
import { MAIN_REALM } from './passes/macs-have-one-owner.ts';
import { compareText } from './report.ts';
import { normalServices } from './services.ts';
import type { Settled } from './settled.ts';

export function buildNetworks(settled: Settled): ReadonlyMap<string, Network> {
  const { topology, transports, subnets, mtus, waysOut } = settled;
  return byName(topology.networks, ({ name, place, description, external }): Network => {
    const own = subnets.byNetwork.get(name) ?? [];
    return {
      name,
      place,
      description,
      realm: MAIN_REALM,
      external,
      transport: transports.get(name) ?? { type: 'untagged' },
      subnets: own
        .map((subnet) => ({ prefix: subnet.text, router: waysOut.routers.get(subnet.text) ?? null }))
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
    runs: 'external',
    nics: guestNics(entry, settled),
    listens: normalServices(entry.listens.map((each) => each.value)),
  }));
}

function guestNics(
  entry: GuestEntry,
  { topology, addresses, macs, mtus, defaultMtu, waysOut }: Settled,
): readonly GuestNic[] {
  return inOrder(entry.nics).map(({ name: network, place }): GuestNic => ({
    network,
    place,
    addresses: addresses.of(entry.name, network).map((each) => each.written),
    mac: macs(entry.name, network),
    mtu: mtus.get(network) ?? defaultMtu,
    device: freeEndName(topology.name, entry.name, network),
    port: hostEndName(topology.name, entry.name, network),
    defaultVia: waysOut.ofGuestNic(entry.name, network),
  }));
}

export function buildGateways(
  settled: Settled,
  masquerades: ReadonlyMap<string, readonly Masquerade[]>,
): ReadonlyMap<string, Gateway> {
  const { topology, waysOut, publishes } = settled;
  return byName(topology.gateways, (entry): Gateway => ({
    name: entry.name,
    place: entry.place,
    description: entry.description,
    runs: entry.runs.value,
    members: [...new Set(entry.on.map((each) => each.value))].map((host) => ({
      name: `${entry.name}@${host}`,
      host,
      namespace: namespaceName(topology.name, entry.name),
    })),
    nics: gatewayNics(entry, settled),
    masquerades: masquerades.get(entry.name) ?? [],
    publishes: publishes.ofGateway.get(entry.name) ?? [],
    defaultVia: waysOut
      .ofGateway(entry.name)
      .map(({ via, network }) => ({ via, device: gatewayNicName(topology.name, entry.name, network) })),
  }));
}

function gatewayNics(
  entry: GatewayEntry,
  { topology, addresses, macs, mtus, defaultMtu, subnets, publishes }: Settled,
): readonly GatewayNic[] {
  return inOrder(entry.nics).map(({ name: network, place }): GatewayNic => ({
    network,
    place,
    device: gatewayNicName(topology.name, entry.name, network),
    mac: macs(entry.name, network),
    mtu: mtus.get(network) ?? defaultMtu,
    ipv6: (subnets.byNetwork.get(network) ?? []).some((subnet) => subnet.family === 6),
    addresses: addresses.of(entry.name, network).map((each) => each.written),
    natAddresses: publishes.natAddresses.get(entry.name)?.get(network) ?? [],
  }));
}

function byName<E extends { readonly name: string }, T>(
  entries: ReadonlyMap<string, E>,
  build: (entry: E) => T,
): ReadonlyMap<string, T> {
  return new Map(inOrder(entries).map((entry) => [entry.name, build(entry)]));
}

function inOrder<E extends { readonly name: string }>(entries: ReadonlyMap<string, E>): readonly E[] {
  return [...entries.values()].sort((a, b) => compareText(a.name, b.name));
}
