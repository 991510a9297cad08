/**
 * The graph of a topology as plain JSON: what `graph -f json` prints and the web map draws. Made from the Model alone
 * (`server/model/graph`). Ids are `KIND:NAME` with `/` between the parts of a name; nodes and edges are sorted by id, so that
 * the same topology always gives the same bytes.
 */

/**
 * - `host`      a machine; parent of its bridges, ports, and of the guests and gateways on it
 * - `bridge`    a bridge on a host (`bridge:gw-x/br0`); also the own bridge of a VXLAN network
 * - `port`      a physical port that the host lends, of a bridge or bare (`port:gw-x/eno1`)
 * - `network`   a layer-2 segment, of the whole topology
 * - `guest`     what is attached to networks
 * - `gateway`   a router with NAT and firewall; lies in the host of its only member
 * - `fabric`    the wire that uplinks of several hosts meet in (`fabric:default`)
 * - `internet`  every address in no subnet; one node at most (`internet`)
 */
export type GraphNodeKind = 'host' | 'bridge' | 'port' | 'network' | 'guest' | 'gateway' | 'fabric' | 'internet';

/**
 * - `uplink`    bridge — port: the port belongs to the bridge
 * - `wire`      port — fabric: the cable
 * - `carries`   bridge — network: members of the network on this host are ports of this bridge
 * - `attached`  guest or gateway — bridge: a veth pair; `network` says for which network
 * - `nic`       host — network: the host's own addresses on it
 * - `member`    guest or gateway — network: the same attachment seen at layer 3
 * - `tunnel`    bridge — bridge: VXLAN between the own bridges of one network on two hosts
 * - `underlay`  network — network: the VXLAN network is carried on the other one
 * - `beyond`    network — internet: the internet lies beyond this external network
 * - `publishes` gateway — guest: ports or an address of the gateway lead there; `label` says which
 */
export type GraphEdgeKind =
  'uplink' | 'wire' | 'carries' | 'attached' | 'nic' | 'member' | 'tunnel' | 'underlay' | 'beyond' | 'publishes';

/** Label → value, in the order in which they are shown. Text is as the user wrote it: never HTML. */
export type GraphFacts = Readonly<Record<string, GraphFact>>;
export type GraphFact = string | number | readonly string[];

export interface GraphNode {
  readonly id: string;
  readonly kind: GraphNodeKind;
  readonly label: string;
  /** Id of the node it is drawn in; absent at the top level. */
  readonly parent?: string;
  /** Only where it is one. */
  readonly singlePointOfFailure?: SinglePointOfFailure;
  /** Where it is written, only where that was asked for; of what is made by a template, the place in the template. */
  readonly place?: GraphPlace;
  readonly facts: GraphFacts;
}

/** Lines and columns count from 1. */
export interface GraphPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Without this thing, others that are still there can no longer exchange packets, whatever the policy allows. */
export interface SinglePointOfFailure {
  /** Ids of guests, of hosts with an address, and `internet`: what is cut off from the greater part; sorted, at most 100. */
  readonly cutsOff: readonly string[];
  /** How many that are. */
  readonly count: number;
}

export interface GraphEdge {
  readonly id: string;
  readonly kind: GraphEdgeKind;
  readonly source: string;
  readonly target: string;
  readonly label?: string;
  /** The network that the edge is about, where it is about one. */
  readonly network?: string;
  /** `HOST/DEVICE`, sorted: the interfaces on the hosts that it is made of; absent where its ends say it all. */
  readonly devices?: readonly string[];
  readonly facts: GraphFacts;
}

export interface GraphDocument {
  readonly topology: string;
  readonly description: string | null;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
