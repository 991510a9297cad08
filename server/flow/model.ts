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
  /** What the file asks for and no kind carries out yet: it can be checked and drawn; a plan names it and stops. */
  readonly missing: readonly Missing[];
}

/** Something that a plan cannot carry out, by the name of the kind that would. */
export interface Missing {
  /** `dhcp`, `failover`, `vm`, … */
  readonly kind: string;
  readonly place: Place;
  /** `the failover of gateway vgw-1` */
  readonly what: string;
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
  /** Its members exchange frames with gateways and declared routers only, wherever they are. */
  readonly isolated: boolean;
  /** `null`: nobody hands out addresses. */
  readonly dhcp: Dhcp | null;
  readonly subnets: readonly Subnet[];
  /** Bytes of IP packet that every member can carry. */
  readonly mtu: number;
  /** Where it has no IPv6 subnet, IPv6 is off on every link of ours that belongs to it. */
  readonly ipv6: boolean;
}

/** Addresses, the way out and names, told to the members of a network that asks for it (`dhcp`). */
export interface Dhcp {
  /** Who tells them: the one whose address is the network's router, else its only one. */
  readonly gateway: string;
  /** Of the names. */
  readonly domain: string;
  /** Who is asked for all other names. */
  readonly upstream: readonly Address[];
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

/** Linux bonding(7) modes, by the kernel's names. */
export type BondMode =
  'balance-rr' | 'active-backup' | 'balance-xor' | 'broadcast' | '802.3ad' | 'balance-tlb' | 'balance-alb';
/** `xmit_hash_policy`: which flows of a bond share a port. */
export type TransmitHash = 'layer2' | 'layer2+3' | 'layer3+4';

/** `protected`: restarted on another host when its own is lost. `restart`: the same, if room is left. */
export type Protection = 'protected' | 'restart' | 'none';

// ---------------------------------------------------------------- hosts and what is wired on them

/** A machine that carries bridges, guests and gateways. Everything here is in the host's own stack unless said. */
export interface Host {
  readonly name: string;
  readonly place: Place;
  readonly access: HostAccess;
  readonly bonds: readonly Bond[];
  readonly bridges: readonly Bridge[];
  /** Interfaces of the host's own stack: with its addresses, or without any where only a gateway that runs there has a NIC. */
  readonly nics: readonly HostNic[];
  /** One per guest NIC and gateway NIC on this host: a veth pair, one end in the bridge. */
  readonly attachments: readonly Attachment[];
  readonly tunnels: readonly Tunnel[];
  /** Network namespaces that the plan makes here, one per gateway member that runs as `netns`. */
  readonly namespaces: readonly Namespace[];
  /** Of the host's own stack. */
  readonly routing: Routing;
  readonly capacity: Size | null;
}

/** What a host has, or what a guest or gateway takes. `null`: not said. */
export interface Size {
  readonly cpus: number | null;
  /** Bytes. */
  readonly memory: number | null;
}

/** Physical ports of a host joined into one interface. */
export interface Bond {
  readonly device: string;
  readonly place: Place;
  readonly mode: BondMode;
  readonly hash: TransmitHash | null;
  readonly primary: string | null;
  readonly ports: readonly { readonly device: string; readonly takeover: boolean; readonly place: Place }[];
  readonly mac: string;
  readonly mtu: number;
}

/** Routes of one network stack beyond those to its own subnets. */
export interface Routing {
  /** Of the main table: default routes, at most one a family, and written ones; sorted. */
  readonly routes: readonly Route[];
  /** One for each NIC with a router and family that is not the way out: what has its address goes back by it. */
  readonly sources: readonly SourceRouting[];
}

export interface Route {
  /** `0.0.0.0/0` and `::/0` are default routes. */
  readonly to: Prefix;
  readonly via: Address;
  readonly network: string;
  /** Interface in that stack. */
  readonly device: string;
}

/**
 * Packets from these addresses are routed by a table of their own, whose default route leads to `via`; routes of the main table
 * that are not default routes still come first.
 */
export interface SourceRouting {
  readonly network: string;
  readonly device: string;
  readonly family: 4 | 6;
  readonly from: readonly Address[];
  readonly via: Address;
  readonly table: number;
  /**
   * Set on flows that came in by this NIC, so that their replies, which do not have the gateway's address before they are
   * translated back, leave by it too; `null` on a node that forwards nothing.
   */
  readonly mark: number | null;
  /** What carries the mark goes to `via` wherever it is for, networks nearby included. */
  readonly always?: true;
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
  /** Somebody else made it: only VLANs and ports of ours are added. */
  readonly existing: boolean;
  readonly mac: string;
  readonly mtu: number;
  /** Plain where it carries one untagged network only; VLAN-aware (802.1Q filtering) otherwise. */
  readonly vlanAware: boolean;
  readonly uplinks: readonly Uplink[];
  /** The networks that have a member, gateway or NIC here, in order of name. */
  readonly carries: readonly CarriedNetwork[];
}

/** A port of the host that a bridge borrows, or a bond of the topology. */
export interface Uplink {
  /** Interface name on the host, as written. */
  readonly device: string;
  readonly place: Place;
  /** Uplinks of one fabric are one wire; `default` unless written. */
  readonly fabric: string;
  /** It is a bond of the topology, not a port that is borrowed. */
  readonly bond: boolean;
  /** Addresses and routes that it carries are moved; without it they are a reason to refuse. */
  readonly takeover: boolean;
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
  /** The interface that has the addresses: the plain bridge itself, a VLAN device on the VLAN-aware bridge, a bond, or a bare port. */
  readonly device: string;
  readonly on:
    | { readonly type: 'bridge'; readonly bridge: string }
    | { readonly type: 'vlan'; readonly bridge: string; readonly vid: number }
    | { readonly type: 'bond' }
    | { readonly type: 'port'; readonly takeover: boolean };
  /** The wire of a port without a bridge; `default` where absent. */
  readonly fabric?: string;
  /** `null`: that of what it is or lies on. */
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
  /** It exchanges frames with gateways and declared routers only. */
  readonly isolated: boolean;
  readonly mtu: number;
  /** `null` where `device` is the interface of an existing machine (`port: vnet3`), which is borrowed. */
  readonly peer: {
    readonly device: string;
    /** The namespace it lies in; `null` for a guest's free end. */
    readonly namespace: string | null;
    readonly mac: string;
  } | null;
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
  readonly runs: 'external' | 'netns' | 'vm';
  readonly nics: readonly GuestNic[];
  readonly listens: readonly Service[];
  readonly protection: Protection;
  readonly needs: Size | null;
  /** Placement chose its host, and may choose another one; else the file names it. */
  readonly free: boolean;
  /** Hosts where it may be, in order of name: they carry its networks. Empty where nothing ever moves it. */
  readonly mayRunOn: readonly string[];
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
  /** Routers by which packets from this NIC's own addresses leave, where another NIC is the default; one a family. */
  readonly sourceVia: readonly Address[];
  /** The interface of an existing machine on the host (`vnet3`), which is the bridge port then. */
  readonly existing: boolean;
}

// ---------------------------------------------------------------- gateways

/** A router with NAT and firewall; with several members a failover cluster. */
export interface Gateway {
  readonly name: string;
  readonly place: Place;
  readonly description: string | null;
  readonly runs: 'netns' | 'vm' | 'host';
  readonly members: readonly GatewayMember[];
  readonly nics: readonly GatewayNic[];
  readonly masquerades: readonly Masquerade[];
  readonly publishes: readonly Publish[];
  readonly oneToOnes: readonly OneToOne[];
  /** Default routes, at most one a family, through the router of an external network, and written ones. */
  readonly routing: Routing;
  readonly balances: readonly Balance[];
  readonly intercepts: readonly Intercept[];
  readonly failover: Failover;
  readonly protection: Protection;
  readonly needs: Size | null;
  /** Hosts where a member may be started when all are lost, in order of name. Empty where none ever is. */
  readonly mayRunOn: readonly string[];
}

export interface GatewayMember {
  /** `vgw-1@gw-x` */
  readonly name: string;
  readonly host: string;
  /** `null` where it runs in the host's own stack. */
  readonly namespace: string | null;
  /** In the order of the gateway's `nics`. */
  readonly nics: readonly MemberNic[];
}

/** What is a member's own of a NIC of its gateway. */
export interface MemberNic {
  readonly network: string;
  /** Interface name in the stack that it runs in. */
  readonly device: string;
  readonly mac: string;
  /** Stay with the member: of an only member all that are not `shared`; of a cluster for VRRP and sync too. */
  readonly own: readonly InterfaceAddress[];
}

/** How the members of a cluster take over from each other; of no meaning for a single one. */
export interface Failover {
  /** Milliseconds between two adverts. */
  readonly advertise: number;
  readonly keepConnections: boolean;
  readonly preempt: boolean;
  readonly adverts: 'multicast' | 'unicast';
}

/** A whole address that stands for another one; beats masquerade, opens nothing. */
export interface OneToOne {
  readonly id: string;
  readonly place: Place;
  readonly text: string;
  readonly outside: Address;
  readonly inside: Address;
  /** The network that `inside` lies on, and its guest where one has the address. */
  readonly network: string;
  readonly guest: string | null;
  /** The gateway's NIC outside, by which flows from `inside` leave translated. */
  readonly external: string;
}

/** Connections to one address and port, spread over several targets. */
export interface Balance {
  readonly id: string;
  readonly place: Place;
  readonly text: string;
  readonly listen: Address;
  readonly protocol: 'tcp' | 'udp';
  readonly ports: PortRange;
  readonly targets: readonly Target[];
  readonly method: 'round-robin' | 'random' | 'source';
  readonly health: 'tcp' | 'none';
}

/** Connections handed to a transparent proxy, both addresses kept. */
export interface Intercept {
  readonly id: string;
  readonly place: Place;
  readonly text: string;
  readonly services: readonly Service[];
  readonly from: readonly string[];
  /** A guest has one in each family. */
  readonly targets: readonly Target[];
  /** The mark of what is handed to the first target of each family; those behind it have the next numbers. */
  readonly mark: number;
}

export interface Target {
  readonly guest: string | null;
  readonly network: string;
  readonly address: Address;
  /** `null`: the same port inside. */
  readonly port: number | null;
}

export interface GatewayNic {
  readonly network: string;
  readonly place: Place;
  /** Of a cluster: the number that its members know each other's adverts by on this network (VRID), which no other cluster has there. */
  readonly routerId: number | null;
  readonly mtu: number;
  readonly ipv6: boolean;
  /**
   * The addresses that flows know it by, with their prefix length: the shared ones, and of an only member its own. The first
   * of each family is the one that masquerade and publish mean.
   */
  readonly addresses: readonly InterfaceAddress[];
  /**
   * What lies behind it by the gateway's routes, beside the subnets of its own network: where packets may come from, and where
   * they go. Sorted, disjoint. What a default route over an external network leads to is not here: that is `internet`.
   */
  readonly behind: readonly Prefix[];
  /**
   * Of a cluster that advertises itself as the network's IPv6 router: the link-local address that moves with mastership, so that
   * the members' way out stays the same (RFC 9568, 5.2.9).
   */
  readonly routerAddress?: InterfaceAddress;
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
  /** `port`: a number only with a single port. */
  readonly target: Target;
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
  /** Hosts that are down meanwhile, each in turn; empty where it need hold only while all are up. */
  readonly evenWithout: readonly string[];
}

/** An end of an expectation, as a thing packets can be sent from or to. */
export type Endpoint =
  | { readonly type: 'network' | 'guest' | 'gateway' | 'host'; readonly name: string }
  | { readonly type: 'internet' }
  /** `realm`: where several have such addresses, the one that is meant; `null` where the addresses alone say it. */
  | { readonly type: 'prefix'; readonly realm: string | null; readonly prefix: Prefix };
