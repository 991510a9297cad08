/**
 * In: the Model and a node of its graph. Out: what the side panel says about it, label by label, in the words of iproute2 and
 * nftables, so that a reader can look the same thing up on the host. A label without a value is left out.
 */
import { addressPart } from '../../core/address.ts';
import type { GraphFact, GraphFacts } from '../../flow/graph.ts';
import type { Gateway, Guest, Host, Model, Network, Publish } from '../../flow/model.ts';
import { rangeText, serviceText } from '../services.ts';
import type { PolicyIndex } from './policy-index.ts';
import type { EdgeAttributes, NodeAttributes } from './topology-graph.ts';

type Facts = readonly (readonly [string, GraphFact | null])[];

export function nodeFacts(model: Model, policy: PolicyIndex, node: NodeAttributes): GraphFacts {
  switch (node.kind) {
    case 'network':
      return keep(found(model.networks, node.name, (network) => networkFacts(model, policy, network)));
    case 'host':
      return keep(found(model.hosts, node.name, hostFacts));
    case 'bridge':
      return keep(found(model.hosts, node.host ?? '', (host) => bridgeFacts(model, host, node.name)));
    case 'port':
      return keep(found(model.hosts, node.host ?? '', (host) => portFacts(host, node.name)));
    case 'guest':
      return keep(found(model.guests, node.name, (guest) => guestFacts(model, policy, guest)));
    case 'gateway':
      return keep(found(model.gateways, node.name, (gateway) => gatewayFacts(model, policy, gateway)));
    case 'fabric':
      return keep([['ports', portsOfFabric(model, node.name)]]);
    case 'internet':
      return keep([
        ['beyond', [...model.networks.values()].filter((network) => network.external).map((network) => network.name)],
        ['policy', policy.ofInternet()],
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

export function transportText(network: Network): string {
  const { transport } = network;
  if (transport.type === 'vlan') return `VLAN ${String(transport.id)}`;
  return transport.type === 'untagged' ? 'untagged' : `VXLAN ${String(transport.vni)} over ${transport.underlay}`;
}

function networkFacts(model: Model, policy: PolicyIndex, network: Network): Facts {
  const on = (nics: readonly { readonly network: string }[]): boolean =>
    nics.some((nic) => nic.network === network.name);
  return [
    ['description', network.description],
    ['carried', transportText(network)],
    ['subnets', network.subnets.map((subnet) => subnet.prefix)],
    ['routers', network.subnets.flatMap((subnet) => subnet.router ?? [])],
    ['MTU', network.mtu],
    ['external', network.external ? 'internet lies beyond it' : null],
    ['guests', names(model.guests.values(), (guest) => on(guest.nics))],
    ['gateways', names(model.gateways.values(), (gateway) => on(gateway.nics))],
    [
      'hosts',
      names(model.hosts.values(), (host) => host.bridges.some((bridge) => on(bridge.carries)) || on(host.nics)),
    ],
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
  const nic = host.nics.find((each) => each.on.type === 'port' && each.device === device);
  return [
    ['host', host.name],
    ['device', device],
    ['bridge', bridge?.device ?? null],
    ['fabric', bridge?.uplinks.find((uplink) => uplink.device === device)?.fabric ?? null],
    ['addresses', nic?.addresses ?? []],
  ];
}

function guestFacts(model: Model, policy: PolicyIndex, guest: Guest): Facts {
  const mappings = [...model.gateways.values()].flatMap((gateway) =>
    gateway.publishes
      .filter((publish) => publish.target.guest === guest.name)
      .map((publish) => `${mappingText(publish)} (${gateway.name})`),
  );
  return [
    ['description', guest.description],
    ['host', guest.host],
    ['addresses', guest.nics.flatMap((nic) => nic.addresses.map((address) => `${address} on ${nic.network}`))],
    ['MAC', guest.nics.map((nic) => `${nic.mac} on ${nic.network}`)],
    ['default route', guest.nics.flatMap((nic) => nic.defaultVia.map((via) => `via ${via} on ${nic.network}`))],
    ['listens', guest.listens.map(serviceText)],
    ['published', mappings],
    ['devices', guest.nics.map((nic) => `${nic.device}, bridge port ${nic.port}`)],
    ['MTU', guest.nics.map((nic) => `${String(nic.mtu)} on ${nic.network}`)],
    ['policy', policy.ofAddresses(addressesOf(guest.nics))],
  ];
}

function gatewayFacts(model: Model, policy: PolicyIndex, gateway: Gateway): Facts {
  return [
    ['description', gateway.description],
    ['members', gateway.members.map((member) => `${member.name}, namespace ${member.namespace}`)],
    [
      'addresses',
      gateway.nics.flatMap((nic) => nic.addresses.map((address) => `${address} on ${nic.network} (${nic.device})`)),
    ],
    [
      'further addresses',
      gateway.nics.flatMap((nic) => nic.natAddresses.map((address) => `${address} on ${nic.network}`)),
    ],
    ['MAC', gateway.nics.map((nic) => `${nic.mac} on ${nic.network}`)],
    ['default route', gateway.defaultVia.map((way) => `via ${way.via} on ${way.device}`)],
    [
      'masquerade',
      gateway.masquerades.map(
        ({ from, to, source }) =>
          `${from} -> ${to} as ${[source[4], source[6]].filter((each) => each !== undefined).join(' and ')}`,
      ),
    ],
    ['publishes', gateway.publishes.map((publish) => mappingText(publish))],
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

function mappingText({ listen, ports, protocol, target, from }: Publish): string {
  const inside = `${target.guest ?? target.address}:${target.port === null ? rangeText(ports) : String(target.port)}`;
  const limited = from === null ? '' : `, only from ${from.slice(0, 3).join(', ')}${from.length > 3 ? ' …' : ''}`;
  return `${listen.includes(':') ? `[${listen}]` : listen}:${rangeText(ports)}/${protocol} -> ${inside}${limited}`;
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

function names<T extends { readonly name: string }>(all: Iterable<T>, wanted: (each: T) => boolean): readonly string[] {
  return [...all].filter(wanted).map((each) => each.name);
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
