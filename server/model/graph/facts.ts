/**
 * In: the Model and a node of its graph. Out: what the side panel says about it, label by label, in the words of iproute2 and
 * nftables, so that a reader can look the same thing up on the host. A label without a value is left out.
 */
import { addressPart } from '../../core/address.ts';
import type { GraphFact, GraphFacts } from '../../flow/graph.ts';
import type { Bond, Gateway, Guest, Host, Model, Network, Publish, Routing, Size } from '../../flow/model.ts';
import { rangeText, serviceText } from '../services.ts';
import type { Lookups } from './lookups.ts';
import type { EdgeAttributes, NodeAttributes } from './topology-graph.ts';

type Facts = readonly (readonly [string, GraphFact | null])[];

export function nodeFacts(model: Model, lookups: Lookups, node: NodeAttributes): GraphFacts {
  switch (node.kind) {
    case 'network':
      return keep(found(model.networks, node.name, (network) => networkFacts(lookups, network)));
    case 'host':
      return keep(found(model.hosts, node.name, hostFacts));
    case 'bridge':
      return keep(found(model.hosts, node.host ?? '', (host) => bridgeFacts(model, host, node.name)));
    case 'port':
      return keep(found(model.hosts, node.host ?? '', (host) => portFacts(host, node.name)));
    case 'guest':
      return keep(found(model.guests, node.name, (guest) => guestFacts(lookups, guest)));
    case 'gateway':
      return keep(found(model.gateways, node.name, (gateway) => gatewayFacts(model, lookups, gateway)));
    case 'fabric':
      return keep([['ports', portsOfFabric(model, node.name)]]);
    case 'internet':
      return keep([
        ['beyond', [...model.networks.values()].filter((network) => network.external).map((network) => network.name)],
        ['policy', lookups.policy.ofInternet()],
      ]);
  }
}

export function edgeFacts(model: Model, edge: EdgeAttributes): GraphFacts {
  const network = edge.network === null ? undefined : model.networks.get(edge.network);
  if (network === undefined) return {};
  return keep([
    ['network', network.name],
    ['carried', transportText(network)],
    ['MTU', network.mtu],
  ]);
}

/** @param cutOff ids of what no longer reaches the rest without this thing */
export function failureFacts(cutOff: readonly string[]): GraphFacts {
  const names = cutOff.map((id) => id.slice(id.indexOf(':') + 1));
  return {
    'cut off without it': names.length > 5 ? [...names.slice(0, 4), `and ${String(names.length - 4)} more`] : names,
  };
}

export function transportText(network: Network): string {
  const { transport } = network;
  if (transport.type === 'vlan') return `VLAN ${String(transport.id)}`;
  return transport.type === 'untagged' ? 'untagged' : `VXLAN ${String(transport.vni)} over ${transport.underlay}`;
}

function networkFacts({ policy, on }: Lookups, network: Network): Facts {
  const { guests, gateways, hosts } = on(network.name);
  return [
    ['description', network.description],
    ['carried', transportText(network)],
    ['realm', network.realm === 'main' ? null : network.realm],
    ['isolated', network.isolated ? 'its members reach gateways and routers only' : null],
    ['subnets', network.subnets.map((subnet) => subnet.prefix)],
    ['routers', network.subnets.flatMap((subnet) => subnet.router ?? [])],
    ['MTU', network.mtu],
    ['DHCP', network.dhcp === null ? null : `gateway ${network.dhcp.gateway} hands out addresses`],
    ['names', network.dhcp === null ? null : `in ${network.dhcp.domain}`],
    ['external', network.external ? 'internet lies beyond it' : null],
    ['guests', guests],
    ['gateways', gateways],
    ['hosts', hosts],
    ['policy', policy.ofNetwork(network.name)],
  ];
}

function hostFacts(host: Host): Facts {
  const { access } = host;
  return [
    ['access', access.type === 'local' ? 'local' : `ssh://${access.user}@${access.host}:${String(access.port)}`],
    [
      'addresses',
      host.nics.flatMap((nic) => nic.addresses.map((address) => `${address} on ${nic.network} (${nic.device})`)),
    ],
    ['capacity', sizeText(host.capacity)],
    ['bonds', host.bonds.map(bondText)],
    ['routes', routeTexts(host.routing)],
    ['replies by the way they came', sourceTexts(host.routing)],
    ['bridges', host.bridges.map((bridge) => bridge.device)],
    ['namespaces', host.namespaces.map((namespace) => namespace.name)],
    [
      'tunnels',
      host.tunnels.map(
        (tunnel) =>
          `${tunnel.device}: VNI ${String(tunnel.vni)}, ${tunnel.local} to ${tunnel.remotes.join(', ') || 'nobody yet'}`,
      ),
    ],
  ];
}

function bridgeFacts(model: Model, host: Host, device: string): Facts {
  const bridge = host.bridges.find((each) => each.device === device);
  if (bridge === undefined) return [];
  const tunnel = host.tunnels.find((each) => each.bridge === device);
  return [
    ['host', host.name],
    ['device', bridge.device],
    ['type', bridge.vlanAware ? 'VLAN-aware' : 'plain'],
    ['MAC', bridge.mac],
    ['MTU', bridge.mtu],
    ['ports', bridge.uplinks.map((uplink) => `${uplink.device} (fabric ${uplink.fabric})`)],
    [
      'carries',
      bridge.carries.map(({ network, vid, tagged }) => {
        const carried = model.networks.get(network);
        const inside = vid !== null && !tagged ? `, id ${String(vid)} inside` : '';
        return `${network}: ${carried === undefined ? '' : transportText(carried)}${inside}`;
      }),
    ],
    [
      'tunnel',
      tunnel === undefined
        ? null
        : `${tunnel.device} from ${tunnel.local} to ${tunnel.remotes.join(', ') || 'nobody yet'}`,
    ],
    [
      'attached',
      host.attachments
        .filter((each) => each.bridge === device)
        .map((each) => `${each.owner.name} on ${each.network} (${each.device})`),
    ],
  ];
}

function portFacts(host: Host, device: string): Facts {
  const bridge = host.bridges.find((each) => each.uplinks.some((uplink) => uplink.device === device));
  const nic = host.nics.find(({ on, device: own }) => (on.type === 'port' || on.type === 'bond') && own === device);
  return [
    ['host', host.name],
    ['device', device],
    ['bond', bondFact(host, device)],
    ['bridge', bridge?.device ?? null],
    ['fabric', bridge?.uplinks.find((uplink) => uplink.device === device)?.fabric ?? nic?.fabric ?? null],
    ['addresses', nic?.addresses ?? []],
  ];
}

function guestFacts({ policy, publishesTo }: Lookups, guest: Guest): Facts {
  const mappings = publishesTo(guest.name).map(({ gateway, publish }) => `${mappingText(publish)} (${gateway})`);
  return [
    ['description', guest.description],
    ['host', guest.host],
    ['addresses', guest.nics.flatMap((nic) => nic.addresses.map((address) => `${address} on ${nic.network}`))],
    ['MAC', guest.nics.map((nic) => `${nic.mac} on ${nic.network}`)],
    ['runs', guest.runs === 'external' ? null : guest.runs],
    ['needs', sizeText(guest.needs)],
    ['protection', guest.protection === 'none' ? null : guest.protection],
    ['default route', guest.nics.flatMap((nic) => nic.defaultVia.map((via) => `via ${via} on ${nic.network}`))],
    [
      'replies by the way they came',
      guest.nics.flatMap((nic) => nic.sourceVia.map((via) => `via ${via} on ${nic.network}`)),
    ],
    ['listens', guest.listens.map(serviceText)],
    ['published', mappings],
    ['devices', guest.nics.map((nic) => `${nic.device}, bridge port ${nic.port}`)],
    ['MTU', guest.nics.map((nic) => `${String(nic.mtu)} on ${nic.network}`)],
    ['policy', policy.ofAddresses(addressesOf(guest.nics))],
  ];
}

function gatewayFacts(model: Model, { policy }: Lookups, gateway: Gateway): Facts {
  return [
    ['description', gateway.description],
    [
      'members',
      gateway.members.map(
        ({ name, host, namespace }) =>
          `${name}, ${namespace === null ? `on ${host} itself` : `namespace ${namespace}`}`,
      ),
    ],
    ['addresses', gateway.nics.flatMap((nic) => nic.addresses.map((address) => `${address} on ${nic.network}`))],
    [
      'further addresses',
      gateway.nics.flatMap((nic) => nic.natAddresses.map((address) => `${address} on ${nic.network}`)),
    ],
    [
      'interfaces',
      gateway.members.flatMap((member) =>
        member.nics.map(({ network, device, mac }) => `${device} on ${network}, ${mac} (${member.name})`),
      ),
    ],
    ['needs', sizeText(gateway.needs)],
    ['protection', gateway.protection === 'none' ? null : gateway.protection],
    ['routes', routeTexts(gateway.routing)],
    ['replies by the way they came', sourceTexts(gateway.routing)],
    [
      'masquerade',
      gateway.masquerades.map(
        ({ from, to, source }) =>
          `${from} -> ${to} as ${[source[4], source[6]].filter((each) => each !== undefined).join(' and ')}`,
      ),
    ],
    ['one-to-one', gateway.oneToOnes.map(({ text }) => text)],
    ['publishes', gateway.publishes.map((publish) => mappingText(publish))],
    ['balances', gateway.balances.map(({ text }) => text)],
    ['intercepts', gateway.intercepts.map(({ text }) => text)],
    ['MTU', gateway.nics.map((nic) => `${String(nic.mtu)} on ${nic.network}`)],
    ['policy', policy.ofAddresses(addressesOf(gateway.nics))],
    [
      'networks',
      gateway.nics.map((nic) =>
        model.networks.get(nic.network)?.external === true ? `${nic.network} (external)` : nic.network,
      ),
    ],
  ];
}

function routeTexts({ routes }: Routing): readonly string[] {
  return routes.map(({ to, via, network }) => `${to} via ${via} on ${network}`);
}

/** From these addresses packets leave by that router, whatever the default route. */
function sourceTexts({ sources }: Routing): readonly string[] {
  return sources
    .filter(({ always }) => always !== true)
    .map(({ from, via, network }) => `${from.join(', ')} via ${via} on ${network}`);
}

function mappingText({ listen, ports, protocol, target, from }: Publish): string {
  const inside = `${target.guest ?? target.address}:${target.port === null ? rangeText(ports) : String(target.port)}`;
  const limited = from === null ? '' : `, only from ${from.slice(0, 3).join(', ')}${from.length > 3 ? ' …' : ''}`;
  return `${listen.includes(':') ? `[${listen}]` : listen}:${rangeText(ports)}/${protocol} -> ${inside}${limited}`;
}

function bondFact(host: Host, device: string): string | null {
  const bond = host.bonds.find((each) => each.device === device);
  return bond === undefined ? null : bondText(bond);
}

function bondText({ device, mode, ports }: Bond): string {
  return `${device}: ${mode} of ${ports.map((port) => port.device).join(', ')}`;
}

function sizeText(size: Size | null): string | null {
  if (size === null) return null;
  const memory = size.memory === null ? [] : [`${String(Math.round(size.memory / 1024 ** 2))} MiB of memory`];
  return [...(size.cpus === null ? [] : [`${String(size.cpus)} CPUs`]), ...memory].join(', ');
}

function portsOfFabric(model: Model, fabric: string): readonly string[] {
  return [...model.hosts.values()].flatMap((host) =>
    host.bridges.flatMap((bridge) =>
      bridge.uplinks.filter((uplink) => uplink.fabric === fabric).map((uplink) => `${host.name} ${uplink.device}`),
    ),
  );
}

function addressesOf(
  nics: readonly { readonly network: string; readonly addresses: readonly string[] }[],
): { network: string; address: string }[] {
  return nics.flatMap((nic) => nic.addresses.map((each) => ({ network: nic.network, address: addressPart(each) })));
}

function found<T>(map: ReadonlyMap<string, T>, name: string, facts: (each: T) => Facts): Facts {
  const each = map.get(name);
  return each === undefined ? [] : facts(each);
}

function keep(facts: Facts): GraphFacts {
  return Object.fromEntries(
    facts.flatMap(([label, fact]) =>
      fact === null || fact === '' || (Array.isArray(fact) && fact.length === 0) ? [] : [[label, fact] as const],
    ),
  );
}
