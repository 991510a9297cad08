/**
 * The Model: what a topology means, with nothing left to decide. Plain typed maps and lists; every name is resolved, every
 * address has its prefix length, every interface has its name. Kinds read it to say what they want on a host; the graph,
 * the audit and the web read it too. It is made by `server/model` and never changed afterwards.
 */
import type { Address, InterfaceAddress, Prefix } from '../core/address.ts';
import type { Place } from '../core/place.ts';

export interface Model {
  readonly topology: string;
  readonly description: string | null;
  readonly networks: ReadonlyMap<string, Network>;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly guests: ReadonlyMap<string, Guest>;
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly policy: readonly PolicyEntry[];
  readonly expectations: readonly Expectation[];
}

// ---------------------------------------------------------------- networks

/** A layer-2 segment and the subnets on it. */
export interface Network {
  readonly name: string;
  readonly place: Place;
  readonly description: string | null;
  /** The routing domain whose addresses are unique (`main` where none is written). */
  readonly realm: string;
  /** `internet` lies beyond it. */
  readonly external: boolean;
  readonly transport: Transport;
  readonly subnets: readonly Subnet[];
  /** Bytes of IP packet that every member can carry. */
  readonly mtu: number;
  /** Where it has no IPv6 subnet, IPv6 is off on every link of ours that belongs to it. */
  readonly ipv6: boolean;
}

export type Transport =
  | { readonly type: 'untagged' }
  | { readonly type: 'vlan'; readonly id: number }
  | { readonly type: 'vxlan'; readonly vni: number; readonly underlay: string };

export interface Subnet {
  readonly prefix: Prefix;
  /** What members use as their default gateway: the written `router`, else the attached gateway's address, else none. */
  readonly router: Address | null;
}

// ---------------------------------------------------------------- hosts and what is wired on them

/** A machine that carries bridges, guests and gateways. Everything here is in the host's own stack unless said. */
export interface Host {
  readonly name: string;
  readonly place: Place;
  readonly access: HostAccess;
  readonly bridges: readonly Bridge[];
  /** The host's own addresses. */
  readonly nics: readonly HostNic[];
  /** One per guest NIC and gateway NIC on this host: a veth pair, one end in the bridge. */
  readonly attachments: readonly Attachment[];
  readonly tunnels: readonly Tunnel[];
  /** Network namespaces that the plan makes here, one per gateway member that runs as `netns`. */
  readonly namespaces: readonly Namespace[];
}

export type HostAccess =
  | { readonly type: 'local' }
  | { readonly type: 'ssh'; readonly user: string; readonly host: string; readonly port: number };

export interface Bridge {
  /** As written in the file; `null` for a bridge that exists only to carry one VXLAN network. */
  readonly name: string | null;
  readonly place: Place;
  /** The interface's name on the host. */
  readonly device: string;
  readonly mac: string;
  readonly mtu: number;
  /** Plain where it carries one untagged network only; VLAN-aware (802.1Q filtering) otherwise. */
  readonly vlanAware: boolean;
  readonly uplinks: readonly Uplink[];
  /** The networks that have a member, gateway or NIC here, in order of name. */
  readonly carries: readonly CarriedNetwork[];
}

/** A physical port of the host that a bridge borrows. */
export interface Uplink {
  /** Interface name on the host, as written. */
  readonly device: string;
  readonly place: Place;
  /** Uplinks of one fabric are one wire; `default` unless written. */
  readonly fabric: string;
}

export interface CarriedNetwork {
  readonly network: string;
  /** VLAN id inside a VLAN-aware bridge (an internal one for an untagged network); `null` on a plain bridge. */
  readonly vid: number | null;
  /** Whether frames on the uplinks carry the tag; false for an untagged network. */
  readonly tagged: boolean;
}

export interface HostNic {
  readonly network: string;
  readonly place: Place;
  /** The interface that has the addresses: the plain bridge itself, a VLAN device on the VLAN-aware bridge, or a bare port. */
  readonly device: string;
  readonly on:
    | { readonly type: 'bridge'; readonly bridge: string }
    | { readonly type: 'vlan'; readonly bridge: string; readonly vid: number }
    | { readonly type: 'port' };
  readonly mac: string | null;
  readonly mtu: number;
  readonly addresses: readonly InterfaceAddress[];
  readonly ipv6: boolean;
}

/** A NIC of a guest or gateway as seen from its host: a veth pair with one end in a bridge. */
export interface Attachment {
  /** `guest` ends stay in the host's stack, down, for whoever runs the guest to take; `gateway` ends lie in a namespace. */
  readonly owner: { readonly type: 'guest' | 'gateway'; readonly name: string };
  readonly network: string;
  readonly place: Place;
  /** Host end, enslaved to the bridge. */
  readonly device: string;
  /** Device name of the bridge. */
  readonly bridge: string;
  /** The port's untagged VLAN (PVID) on a VLAN-aware bridge; `null` on a plain one. */
  readonly vid: number | null;
  readonly mtu: number;
  readonly peer: {
    readonly device: string;
    /** The namespace it lies in; `null` for a guest's free end. */
    readonly namespace: string | null;
    readonly mac: string;
  };
}

/** The VXLAN device of one network on one host: a port of that network's own bridge. */
export interface Tunnel {
  readonly network: string;
  readonly place: Place;
  readonly device: string;
  readonly bridge: string;
  readonly vni: number;
  readonly mtu: number;
  readonly port: number;
  /** The host's own address on the underlay, and the interface that has it. */
  readonly local: Address;
  readonly underlayDevice: string;
  /** Underlay addresses of exactly the other hosts with a member of this network, sorted. */
  readonly remotes: readonly Address[];
}

export interface Namespace {
  readonly name: string;
  readonly gateway: string;
  readonly place: Place;
}

// ---------------------------------------------------------------- guests

export interface Guest {
  readonly name: string;
  readonly place: Place;
  readonly description: string | null;
  readonly host: string;
  readonly runs: 'external';
  readonly nics: readonly GuestNic[];
  readonly listens: readonly Service[];
}

export interface GuestNic {
  readonly network: string;
  readonly place: Place;
  readonly addresses: readonly InterfaceAddress[];
  readonly mac: string;
  readonly mtu: number;
  /** Name of the free end on the host, until the guest takes it. */
  readonly device: string;
  /** Name of the host end (the bridge port). */
  readonly port: string;
  /** Default routers that this NIC leads to, at most one a family; empty where another NIC is the default. */
  readonly defaultVia: readonly Address[];
}

// ---------------------------------------------------------------- gateways

/** A router with NAT and firewall, in a network stack of its own. */
export interface Gateway {
  readonly name: string;
  readonly place: Place;
  readonly description: string | null;
  readonly runs: 'netns';
  readonly members: readonly GatewayMember[];
  readonly nics: readonly GatewayNic[];
  readonly masquerades: readonly Masquerade[];
  readonly publishes: readonly Publish[];
  /** Default routes, at most one a family: through the router of its external network. */
  readonly defaultVia: readonly { readonly via: Address; readonly device: string }[];
}

export interface GatewayMember {
  /** `vgw-1@gw-x` */
  readonly name: string;
  readonly host: string;
  readonly namespace: string;
}

export interface GatewayNic {
  readonly network: string;
  readonly place: Place;
  /** Interface name inside the gateway. */
  readonly device: string;
  readonly mac: string;
  readonly mtu: number;
  readonly ipv6: boolean;
  /** Its addresses with their prefix length, the first of each family the one that masquerade and publish mean. */
  readonly addresses: readonly InterfaceAddress[];
  /** Further addresses inside its subnets that only `nat` names; held here as /32 or /128. */
  readonly natAddresses: readonly InterfaceAddress[];
}

/** `shop -> wan`: flows from the one network to the other leave with the gateway's address there. Opens nothing. */
export interface Masquerade {
  readonly id: string;
  readonly place: Place;
  readonly from: string;
  readonly to: string;
  /** The source addresses used on `to`, by family; a family that either network lacks is absent. */
  readonly source: { readonly 4?: Address; readonly 6?: Address };
}

/** One port mapping: outside to inside. */
export interface Publish {
  readonly id: string;
  readonly place: Place;
  /** As the user wrote it (or would, in the short form). */
  readonly text: string;
  readonly listen: Address;
  readonly protocol: 'tcp' | 'udp';
  readonly ports: PortRange;
  readonly target: {
    readonly guest: string | null;
    readonly network: string;
    readonly address: Address;
    /** `null`: the same ports inside. A number only with a single port. */
    readonly port: number | null;
  };
  /** Sources it is limited to; `null`: internet, the external network, and every network attached to the gateway. */
  readonly from: readonly Prefix[] | null;
}

// ---------------------------------------------------------------- policy and expectations

/** Inclusive. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** `443/tcp`, `53` (two services: tcp and udp), `icmp` (echo, both families), `any`. */
export type Service =
  | { readonly protocol: 'tcp' | 'udp'; readonly ports: readonly PortRange[] }
  | { readonly protocol: 'icmp' }
  | { readonly protocol: 'any' };

/** `allow` or `deny` between real ends: destination after DNAT, source before SNAT. Deny beats allow, whatever the order. */
export interface PolicyEntry {
  /** Made from what it says, never from its line. */
  readonly id: string;
  readonly place: Place;
  readonly text: string;
  readonly verdict: 'allow' | 'deny';
  readonly services: readonly Service[];
  readonly from: readonly Zone[];
  readonly to: readonly Zone[];
  readonly log: boolean;
  /** A denied packet is answered instead of dropped in silence. */
  readonly reject: boolean;
}

/**
 * Some addresses on some network: what an endpoint of a policy line comes down to. With `internet`, the addresses lie
 * beyond that external network, in no subnet of the topology.
 */
export interface Zone {
  readonly network: string;
  readonly internet: boolean;
  /** Sorted; `null` only with `internet`: everything that lies in no subnet of the topology. */
  readonly prefixes: readonly Prefix[] | null;
}

/** What must be true end to end. */
export interface Expectation {
  readonly id: string;
  readonly place: Place;
  readonly text: string;
  readonly verdict: 'allow' | 'deny';
  readonly services: readonly Service[];
  readonly from: readonly Endpoint[];
  readonly to: readonly Endpoint[];
  /** Which guest and port must be the one that answers. */
  readonly reaches: { readonly guest: string; readonly port: number | null } | null;
}

/** An end of an expectation, as a thing packets can be sent from or to. */
export type Endpoint =
  | { readonly type: 'network' | 'guest' | 'gateway' | 'host'; readonly name: string }
  | { readonly type: 'internet' }
  | { readonly type: 'prefix'; readonly prefix: Prefix };
