import type { GraphEdgeKind, GraphNodeKind } from '../../server/flow/graph.ts';

/** What people call the kinds of nodes, one and several. In the order of lists. */
export const NODE_WORDS: Readonly<Record<GraphNodeKind, readonly [one: string, several: string]>> = {
  network: ['Network', 'Networks'],
  gateway: ['Gateway', 'Gateways'],
  guest: ['Guest', 'Guests'],
  host: ['Host', 'Hosts'],
  bridge: ['Bridge', 'Bridges'],
  port: ['Port', 'Ports'],
  fabric: ['Fabric', 'Fabrics'],
  internet: ['Internet', 'Internet'],
};

/** What an edge says, read from its source to its target, and back. */
export const EDGE_WORDS: Readonly<Record<GraphEdgeKind, readonly [there: string, back: string]>> = {
  uplink: ['uplink', 'uplink of'],
  wire: ['wired to', 'wired to'],
  carries: ['carries', 'carried by'],
  attached: ['attached to', 'attached'],
  nic: ['address on', 'host address'],
  member: ['member of', 'member'],
  tunnel: ['tunnel to', 'tunnel to'],
  underlay: ['carried on', 'carries'],
  beyond: ['leads to', 'beyond'],
  publishes: ['publishes', 'published by'],
};
