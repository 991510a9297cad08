/**
 * A Topology: one file as written, read, checked for shape and split into its parts, but not yet understood: names may point
 * nowhere, addresses may clash. Every part knows its place. Made by `server/topology`, read by `server/model` only.
 */
import type { Address, Prefix } from '../core/address.ts';
import type { Place } from '../core/place.ts';
import type { BondMode, PortRange, Protection, Service, TransmitHash } from './model.ts';

export interface Topology {
  readonly file: string;
  readonly name: string;
  readonly place: Place;
  readonly description: string | null;
  readonly networks: ReadonlyMap<string, NetworkEntry>;
  readonly hosts: ReadonlyMap<string, HostEntry>;
  readonly guests: ReadonlyMap<string, GuestEntry>;
  readonly gateways: ReadonlyMap<string, GatewayEntry>;
  readonly policy: readonly PolicyLine[];
  readonly expect: readonly ExpectLine[];
  /**
   * Names of entries that the file has and that could not be read: nothing is said of what refers to them. Empty unless the file
   * has errors.
   */
  readonly damaged: ReadonlySet<string>;
}

/** A value with the place it stands at. */
export interface Located<T> {
  readonly value: T;
  readonly place: Place;
}

/** A named entry of a map; `place` is that of its name. */
interface Entry {
  readonly name: string;
  readonly place: Place;
  readonly description: string | null;
}

/** What a network's gateway hands out beside addresses. */
export interface DhcpEntry {
  readonly place: Place;
  readonly domain: Located<string> | null;
  readonly upstream: readonly Located<Address>[];
}

export interface NetworkEntry extends Entry {
  readonly vlan: Located<number> | null;
  readonly transport: Located<'vlan' | 'vxlan' | 'untagged'> | null;
  readonly vni: Located<number> | null;
  readonly underlay: Located<string> | null;
  /** Canonical prefixes; text with host bits set is a diagnostic of the reader. */
  readonly subnets: readonly Located<Prefix>[];
  /** At most one a family (several may be written as a list). */
  readonly routers: readonly Located<Address>[];
  readonly external: boolean;
  /** `null`: nobody hands out addresses. */
  readonly dhcp: DhcpEntry | null;
  /** Members can't reach each other, only gateways and declared routers. */
  readonly isolated: Located<boolean> | null;
  /** The routing domain; `null`: the one that all networks are in which name none. */
  readonly realm: Located<string> | null;
  /** Bytes of IP packet. */
  readonly mtu: Located<number> | null;
}

export interface HostEntry extends Entry {
  readonly access: Located<AccessText>;
  readonly bonds: ReadonlyMap<string, BondEntry>;
  readonly bridges: ReadonlyMap<string, BridgeEntry>;
  readonly nics: ReadonlyMap<string, HostNicEntry>;
  readonly routes: readonly RouteLine[];
  readonly capacity: SizeEntry | null;
}

/** `{ cpus: 8, memory: 16G }`: what a host has, or what a guest needs. `memory` is in bytes. */
export interface SizeEntry {
  readonly place: Place;
  readonly cpus: Located<number> | null;
  readonly memory: Located<number> | null;
}

/** `bond0: { ports: [eno1, eno2], mode: 802.3ad }` */
export interface BondEntry extends Entry {
  readonly ports: readonly BondPort[];
  readonly mode: Located<BondMode> | null;
  readonly hash: Located<TransmitHash> | null;
  readonly primary: Located<string> | null;
}

export interface BondPort {
  readonly device: string;
  readonly takeover: boolean;
  readonly place: Place;
}

/** `{ to: 10.50.0.0/16, via: 10.1.1.254 }`; `to: default` is every address of the family of `via`. */
export interface RouteLine {
  readonly place: Place;
  readonly to: Located<Prefix>;
  readonly via: Located<Address>;
}

export type AccessText =
  | { readonly type: 'local' }
  | { readonly type: 'ssh'; readonly user: string; readonly host: string; readonly port: number };

export interface BridgeEntry extends Entry {
  readonly ports: readonly BridgePortEntry[];
  /** Somebody else made it: only VLANs and ports of ours are added to it. */
  readonly existing: Located<boolean> | null;
  /** Names and globs; `null` where none is written: every network that no other bridge of the host names. */
  readonly networks: readonly Located<string>[] | null;
}

export interface BridgePortEntry {
  readonly device: string;
  readonly fabric: string;
  /** Addresses and routes that the port carries are moved; without it they are a reason to refuse. */
  readonly takeover: boolean;
  readonly place: Place;
}

/** `mgmt: 10.0.20.11`, `mgmt: [10.0.20.11, "2001:db8::11"]` or `{ address: …, port: eno1 }`. The key is the network. */
export interface HostNicEntry extends Entry {
  readonly addresses: readonly Located<Address>[];
  readonly port: Located<string> | null;
  /** The wire that the port is plugged into; `default` where left out. */
  readonly fabric?: string | undefined;
  readonly takeover: boolean;
  readonly mac: Located<string> | null;
  readonly default: Located<boolean> | null;
}

export interface GuestEntry extends Entry {
  /** Its host; where `free` leaves it open, something in its place until placement has chosen one. */
  readonly on: Located<string>;
  /** `on: [gw-x, gw-y]`, or `on: auto` with no hosts: placement chooses one of these, or any. `null`: the file names its host. */
  readonly free: { readonly hosts: readonly Located<string>[] } | null;
  readonly runs: Located<GuestRuns> | null;
  readonly nics: ReadonlyMap<string, GuestNicEntry>;
  readonly listens: readonly Located<Service>[];
  readonly protection: Located<Protection> | null;
  readonly needs: SizeEntry | null;
}

export type GuestRuns = 'external' | 'netns' | 'vm';
export type GatewayRuns = 'netns' | 'vm' | 'host';

/** `mac: low24`, or an address. */
export type MacText = string;
/** Stands for the MAC made from the low 24 bits of the IPv4 address. */
export const LOW24 = 'low24';

export interface GuestNicEntry extends Entry {
  readonly addresses: readonly Located<Address>[];
  /** Where `auto` stands: an address is chosen in each family that the network has and no address is written for. */
  readonly auto: Place | null;
  readonly mac: Located<MacText> | null;
  readonly default: Located<boolean> | null;
  /** The interface of an existing machine (`vnet3`) that is to be the bridge port. */
  readonly port: Located<string> | null;
}

export interface GatewayEntry extends Entry {
  /** The first is preferred. */
  readonly on: readonly Located<string>[];
  readonly runs: Located<GatewayRuns>;
  readonly nics: ReadonlyMap<string, GatewayNicEntry>;
  readonly masquerade: readonly (Located<{ readonly from: string; readonly to: string }> & { readonly text: string })[];
  readonly publish: readonly PublishLine[];
  readonly oneToOne: readonly OneToOneLine[];
  readonly routes: readonly RouteLine[];
  readonly balance: readonly BalanceLine[];
  readonly intercept: readonly InterceptLine[];
  readonly failover: FailoverEntry | null;
  readonly protection: Located<Protection> | null;
  readonly needs: SizeEntry | null;
}

export interface GatewayNicEntry extends Entry {
  /** Move between the members. */
  readonly shared: readonly Located<Address>[];
  /** Of the only member; of several members, see `own`. */
  readonly addresses: readonly Located<Address>[];
  /** `address: { gw-x: 192.0.2.2, gw-y: 192.0.2.3 }`: each member's own, by host. */
  readonly own: readonly MemberAddresses[];
  readonly mac: Located<MacText> | null;
  readonly default: Located<boolean> | null;
  /** For `runs: host`: a port that is used without a bridge. */
  readonly port: Located<string> | null;
  /** The wire that the port is plugged into; `default` where left out. */
  readonly fabric?: string | undefined;
}

export interface MemberAddresses {
  readonly host: Located<string>;
  readonly addresses: readonly Located<Address>[];
}

/** `192.0.2.50 <-> 10.1.2.10`: the first is the address outside. */
export interface OneToOneLine {
  readonly place: Place;
  readonly text: string;
  readonly outside: Located<Address>;
  readonly inside: Located<Address>;
}

/** `{ listen: 192.0.2.11:80/tcp, to: [web1:8080, web2:8080], method: round-robin, health: tcp }` */
export interface BalanceLine {
  readonly place: Place;
  readonly text: string;
  readonly listen: Located<Address> | null;
  readonly protocol: 'tcp' | 'udp';
  readonly ports: readonly PortRange[];
  readonly to: readonly Located<TargetRef>[];
  readonly method: Located<BalanceMethod> | null;
  readonly health: Located<BalanceHealth> | null;
}

export type BalanceMethod = 'round-robin' | 'random' | 'source';
export type BalanceHealth = 'tcp' | 'none';

export type TargetRef =
  | { readonly guest: string; readonly address: null; readonly port: number | null }
  | { readonly guest: null; readonly address: Address; readonly port: number | null };

/** `{ take: 80/tcp, from: shop, to: proxy1:3129 }`: a transparent proxy; both addresses are kept. */
export interface InterceptLine {
  readonly place: Place;
  readonly text: string;
  readonly services: readonly Service[];
  readonly from: readonly Located<string>[];
  readonly to: readonly Located<TargetRef>[];
}

export interface FailoverEntry {
  readonly place: Place;
  /** Milliseconds between two adverts. */
  readonly advertise: Located<number> | null;
  /** Connections live on when another member takes over. */
  readonly keepConnections: Located<boolean> | null;
  /** The preferred member takes over again when it is back. */
  readonly preempt: Located<boolean> | null;
  readonly adverts: Located<'multicast' | 'unicast'> | null;
}

/** `443/tcp -> web1:8443` or `{ listen: 192.0.2.12:25/tcp, to: web2:2525, from: [198.51.100.0/24] }`. */
export interface PublishLine {
  readonly place: Place;
  readonly text: string;
  /** `null`: the gateway's address on its only external network. */
  readonly listen: Located<Address> | null;
  readonly protocol: 'tcp' | 'udp';
  readonly ports: readonly PortRange[];
  readonly to: Located<
    { readonly guest: string; readonly address: null } | { readonly guest: null; readonly address: Address }
  >;
  readonly toPort: number | null;
  readonly from: readonly Located<string>[] | null;
}

/** An endpoint as written: a name, a glob, `internet`, an address or a prefix. */
export interface PolicyLine {
  readonly place: Place;
  readonly text: string;
  readonly verdict: 'allow' | 'deny';
  readonly services: readonly Service[];
  readonly from: readonly Located<string>[];
  readonly to: readonly Located<string>[];
  readonly log: boolean;
  readonly reject: boolean;
}

export interface ExpectLine {
  readonly place: Place;
  readonly text: string;
  readonly verdict: 'allow' | 'deny';
  readonly services: readonly Service[];
  readonly from: readonly Located<string>[];
  readonly to: readonly Located<string>[];
  /** Hosts that are down while it must hold, one after the other; `any host` is every host in turn. */
  readonly evenWithout: Located<readonly Located<string>[] | 'any'> | null;
  readonly reaches:
    (Located<{ readonly guest: string; readonly port: number | null }> & { readonly text: string }) | null;
}
