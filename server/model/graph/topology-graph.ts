/**
 * In: the Model. Out: a graphology multigraph of it, undirected: nodes and edges as described in `server/flow/graph.ts`, with
 * names and networks and nothing that is only to be shown. Loops, partitions, paths and single points of failure are asked of
 * it, and `graphDocument` writes it down.
 */
import graphology from 'graphology';
import type { MultiGraph } from 'graphology';
import type { GraphEdgeKind, GraphNodeKind } from '../../flow/graph.ts';
import type { Host, Model } from '../../flow/model.ts';
import { DEFAULT_FABRIC } from '../fabric.ts';
import { NODE_ID } from './ids.ts';

export interface NodeAttributes {
  readonly kind: GraphNodeKind;
  readonly label: string;
  readonly parent: string | null;
  /** Name of the thing in the model; for a bridge or port its device, with `host` beside it. */
  readonly name: string;
  readonly host: string | null;
}

export interface EdgeAttributes {
  readonly kind: GraphEdgeKind;
  readonly network: string | null;
  /** `HOST/DEVICE`, sorted: the interfaces on the hosts that it is made of. */
  readonly devices: readonly string[];
}

export type TopologyGraph = MultiGraph<NodeAttributes, EdgeAttributes>;

export function topologyGraph(model: Model): TopologyGraph {
  const graph: TopologyGraph = new graphology.MultiGraph<NodeAttributes, EdgeAttributes>({ type: 'undirected' });
  for (const name of model.networks.keys()) addNode(graph, NODE_ID.network(name), 'network', name, name);
  for (const host of model.hosts.values()) addHost(graph, host);
  for (const guest of model.guests.values()) {
    addNode(graph, NODE_ID.guest(guest.name), 'guest', guest.name, guest.name, NODE_ID.host(guest.host));
    for (const { network } of guest.nics)
      addEdge(graph, 'member', NODE_ID.guest(guest.name), NODE_ID.network(network), network);
  }
  for (const gateway of model.gateways.values()) {
    const [only, ...others] = gateway.members;
    const parent = only === undefined || others.length > 0 ? undefined : NODE_ID.host(only.host);
    addNode(graph, NODE_ID.gateway(gateway.name), 'gateway', gateway.name, gateway.name, parent);
    for (const { network } of gateway.nics)
      addEdge(graph, 'member', NODE_ID.gateway(gateway.name), NODE_ID.network(network), network);
  }
  for (const host of model.hosts.values()) addWiring(graph, host);
  for (const network of model.networks.values()) {
    const id = NODE_ID.network(network.name);
    if (network.transport.type === 'vxlan')
      addEdge(graph, 'underlay', id, NODE_ID.network(network.transport.underlay), network.name);
    if (!network.external) continue;
    if (!graph.hasNode(NODE_ID.internet)) addNode(graph, NODE_ID.internet, 'internet', 'internet', 'internet');
    addEdge(graph, 'beyond', id, NODE_ID.internet, network.name);
  }
  addTunnels(graph, model);
  return graph;
}

function addHost(graph: TopologyGraph, host: Host): void {
  const parent = NODE_ID.host(host.name);
  addNode(graph, parent, 'host', host.name, host.name);
  for (const bridge of host.bridges) {
    addNode(graph, NODE_ID.bridge(host.name, bridge.device), 'bridge', bridge.device, bridge.device, parent, host.name);
    for (const { device, fabric } of bridge.uplinks)
      addPort(graph, host.name, device, fabric, NODE_ID.bridge(host.name, bridge.device));
  }
  for (const { device, on, fabric } of host.nics)
    if (on.type === 'port' || on.type === 'bond') addPort(graph, host.name, device, fabric ?? DEFAULT_FABRIC, null);
}

function addPort(graph: TopologyGraph, host: string, device: string, fabric: string, bridge: string | null): void {
  const port = NODE_ID.port(host, device);
  const wire = NODE_ID.fabric(fabric);
  if (!graph.hasNode(port)) addNode(graph, port, 'port', device, device, NODE_ID.host(host), host);
  if (!graph.hasNode(wire)) addNode(graph, wire, 'fabric', fabric, fabric);
  if (bridge !== null) addEdge(graph, 'uplink', bridge, port, null);
  addEdge(graph, 'wire', port, wire, null);
}

function addWiring(graph: TopologyGraph, host: Host): void {
  for (const bridge of host.bridges) {
    const id = NODE_ID.bridge(host.name, bridge.device);
    for (const { network } of bridge.carries) addEdge(graph, 'carries', id, NODE_ID.network(network), network);
  }
  for (const { network, device } of host.nics)
    addEdge(graph, 'nic', NODE_ID.host(host.name), NODE_ID.network(network), network, [`${host.name}/${device}`]);
  for (const { owner, network, bridge, device } of host.attachments) {
    const id = owner.type === 'guest' ? NODE_ID.guest(owner.name) : NODE_ID.gateway(owner.name);
    addEdge(graph, 'attached', id, NODE_ID.bridge(host.name, bridge), network, [`${host.name}/${device}`]);
  }
}

function addTunnels(graph: TopologyGraph, model: Model): void {
  const ends = new Map<string, { readonly host: string; readonly bridge: string; readonly device: string }[]>();
  for (const host of model.hosts.values()) {
    for (const { network, bridge, device } of host.tunnels)
      ends.set(network, [...(ends.get(network) ?? []), { host: host.name, bridge, device }]);
  }
  for (const [network, list] of ends) {
    list.forEach((one, index) => {
      for (const other of list.slice(index + 1)) {
        addEdge(
          graph,
          'tunnel',
          NODE_ID.bridge(one.host, one.bridge),
          NODE_ID.bridge(other.host, other.bridge),
          network,
          [`${one.host}/${one.device}`, `${other.host}/${other.device}`].toSorted(),
        );
      }
    });
  }
}

function addNode(
  graph: TopologyGraph,
  id: string,
  kind: GraphNodeKind,
  label: string,
  name: string,
  parent: string | null = null,
  host: string | null = null,
): void {
  graph.addNode(id, { kind, label, name, parent, host });
}

function addEdge(
  graph: TopologyGraph,
  kind: GraphEdgeKind,
  source: string,
  target: string,
  network: string | null,
  devices: readonly string[] = [],
): void {
  const suffix = network === null ? '' : ` on ${network}`;
  graph.addEdgeWithKey(`${kind}:${source} - ${target}${suffix}`, source, target, { kind, network, devices });
}
