import type { GraphDocument, GraphEdge, GraphNode } from '../../../server/flow/graph.ts';
import type { LayerId } from '../layers.ts';
import { showsWiring } from '../layers.ts';
import { compareNaturally } from './order.ts';

/** The graph sorted into what the picture is made of. Everything is in natural order: the order of the input never shows. */
export interface Site {
  /** Lanes from top to bottom: external networks, then the others, then those carried in another one. */
  readonly networks: readonly GraphNode[];
  readonly hosts: readonly HostSite[];
  readonly fabrics: readonly GraphNode[];
  readonly internet: GraphNode | null;
  /** Nodes that lie in no host and have no place of their own. */
  readonly strays: readonly GraphNode[];
  readonly beyond: readonly GraphEdge[];
  readonly underlay: readonly GraphEdge[];
  /** From a gateway to the guest that it publishes; only in the layer that tells of them. */
  readonly mappings: readonly GraphEdge[];
  readonly layer: LayerId;
  readonly nodes: ReadonlyMap<string, GraphNode>;
}

export interface HostSite {
  readonly layer: LayerId;
  readonly node: GraphNode;
  readonly ports: readonly PortSite[];
  readonly bridges: readonly Tower[];
  /** Gateways, then guests with several networks. */
  readonly routers: readonly Tower[];
  /** By network: the host's own address, then guests on that network alone. */
  readonly cells: ReadonlyMap<string, readonly Leaf[]>;
  readonly networks: ReadonlySet<string>;
  readonly guestCount: number;
  readonly gatewayCount: number;
}

export interface PortSite {
  readonly node: GraphNode;
  readonly wires: readonly GraphEdge[];
  /** The edge to its bridge; `null` for a bare port. */
  readonly uplink: GraphEdge | null;
}

/** Something that stands across several networks: a head with a stem that is joined to each of them. */
export interface Tower {
  readonly id: string;
  readonly role: 'bridge' | 'gateway' | 'guest';
  readonly node: GraphNode;
  readonly joints: readonly { readonly edge: GraphEdge; readonly network: string }[];
}

/** Something that hangs on one network. */
export interface Leaf {
  readonly id: string;
  readonly role: 'guest' | 'nic';
  readonly node: GraphNode;
  readonly edge: GraphEdge;
}

export function readSite(graph: GraphDocument, layer: LayerId): Site {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const edges = new EdgeIndex(graph.edges);
  const byName = (kind: GraphNode['kind']): GraphNode[] =>
    graph.nodes
      .filter((node) => node.kind === kind)
      .sort((a, b) => compareNaturally(a.label, b.label) || compareNaturally(a.id, b.id));

  const children = childrenByHost(graph, nodes, edges);
  const hosts = byName('host').map((node) => readHost(node, layer, children.get(node.id) ?? [], edges));
  const beyond = edges.of('beyond');
  const underlay = edges.of('underlay');
  const placed = new Set([...children.values()].flat().map((child) => child.node.id));
  const free = new Set(['host', 'network', 'fabric', 'internet']);
  return {
    networks: orderNetworks(byName('network'), beyond, underlay),
    hosts,
    fabrics: showsWiring(layer) ? byName('fabric') : [],
    internet: byName('internet')[0] ?? null,
    strays: graph.nodes
      .filter((node) => !free.has(node.kind) && !placed.has(node.id))
      .sort((a, b) => compareNaturally(a.id, b.id)),
    beyond,
    underlay,
    mappings: layer === 'nat' ? edges.of('publishes') : [],
    layer,
    nodes,
  };
}

function orderNetworks(
  networks: GraphNode[],
  beyond: readonly GraphEdge[],
  underlay: readonly GraphEdge[],
): GraphNode[] {
  const external = new Set(beyond.map((edge) => edge.source));
  const carried = new Set(underlay.map((edge) => edge.source));
  const tier = (node: GraphNode): number => (external.has(node.id) ? 0 : carried.has(node.id) ? 2 : 1);
  return networks.sort(
    (a, b) => tier(a) - tier(b) || compareNaturally(a.label, b.label) || compareNaturally(a.id, b.id),
  );
}

interface Child {
  /** Id of the shape: the node's own, or `node@host` where it has members on several hosts. */
  readonly id: string;
  readonly node: GraphNode;
}

/** A gateway with several members has no host of its own: it stands in each host whose bridges it is attached to. */
function childrenByHost(
  graph: GraphDocument,
  nodes: ReadonlyMap<string, GraphNode>,
  edges: EdgeIndex,
): Map<string, Child[]> {
  const children = new Map<string, Child[]>();
  const add = (host: string, child: Child): void => {
    children.set(host, [...(children.get(host) ?? []), child]);
  };
  for (const node of [...graph.nodes].sort((a, b) => compareNaturally(a.id, b.id))) {
    const parent = node.parent === undefined ? undefined : nodes.get(node.parent);
    if (parent?.kind === 'host') {
      add(parent.id, { id: node.id, node });
    } else if (node.kind === 'gateway') {
      const hosts = edges.from('attached', node.id).flatMap((edge) => nodes.get(edge.target)?.parent ?? []);
      for (const host of [...new Set(hosts)].sort(compareNaturally)) add(host, { id: `${node.id}@${host}`, node });
    }
  }
  return children;
}

function readHost(node: GraphNode, layer: LayerId, children: readonly Child[], edges: EdgeIndex): HostSite {
  const drawn = showsWiring(layer)
    ? children
    : children.filter(({ node: { kind } }) => kind !== 'bridge' && kind !== 'port');
  const ofKind = (kind: GraphNode['kind']): Child[] => drawn.filter((child) => child.node.kind === kind);
  const cells = new Map<string, Leaf[]>();
  const hang = (network: string, leaf: Leaf): void => {
    cells.set(network, [...(cells.get(network) ?? []), leaf]);
  };

  for (const edge of edges.from('nic', node.id)) hang(edge.target, { id: edge.id, role: 'nic', node, edge });
  const routers: Tower[] = ofKind('gateway').map((child) =>
    tower(child, 'gateway', edges.from('member', child.node.id)),
  );
  for (const child of ofKind('guest')) {
    const members = edges.from('member', child.node.id);
    const [only] = members;
    if (members.length === 1 && only) hang(only.target, { id: child.id, role: 'guest', node: child.node, edge: only });
    else routers.push(tower(child, 'guest', members));
  }
  const bridges = ofKind('bridge').map((child) => tower(child, 'bridge', edges.from('carries', child.node.id)));
  const networks = new Set([
    ...cells.keys(),
    ...[...bridges, ...routers].flatMap((each) => each.joints.map((joint) => joint.network)),
  ]);
  return {
    node,
    layer,
    ports: ofKind('port').map(({ node: port }) => ({
      node: port,
      wires: edges.from('wire', port.id),
      uplink: edges.to('uplink', port.id)[0] ?? null,
    })),
    bridges,
    routers,
    cells,
    networks,
    guestCount: ofKind('guest').length,
    gatewayCount: ofKind('gateway').length,
  };
}

function tower(child: Child, role: Tower['role'], edges: readonly GraphEdge[]): Tower {
  return { ...child, role, joints: edges.map((edge) => ({ edge, network: edge.target })) };
}

class EdgeIndex {
  readonly #bySource = new Map<string, GraphEdge[]>();
  readonly #byTarget = new Map<string, GraphEdge[]>();
  readonly #byKind = new Map<string, GraphEdge[]>();

  constructor(edges: readonly GraphEdge[]) {
    const push = (index: Map<string, GraphEdge[]>, key: string, edge: GraphEdge): void => {
      const list = index.get(key);
      if (list) list.push(edge);
      else index.set(key, [edge]);
    };
    for (const edge of [...edges].sort((a, b) => compareNaturally(a.id, b.id))) {
      push(this.#bySource, `${edge.kind} ${edge.source}`, edge);
      push(this.#byTarget, `${edge.kind} ${edge.target}`, edge);
      push(this.#byKind, edge.kind, edge);
    }
  }

  from(kind: GraphEdge['kind'], source: string): readonly GraphEdge[] {
    return this.#bySource.get(`${kind} ${source}`) ?? [];
  }

  to(kind: GraphEdge['kind'], target: string): readonly GraphEdge[] {
    return this.#byTarget.get(`${kind} ${target}`) ?? [];
  }

  of(kind: GraphEdge['kind']): readonly GraphEdge[] {
    return this.#byKind.get(kind) ?? [];
  }
}
