/**
 * A host as read: every read parsed and checked element by element, nothing interpreted. Kinds find their resources in it;
 * snapshots and the audit read the same shape. Made by `server/observe`; a read that is incomplete never gets this far.
 */
import type { Address, Family } from '../core/address.ts';
import type { Json } from '../core/json.ts';
import type { ResourceId, Scope, Resource } from './resource.ts';
import type { ServiceFiles } from './service.ts';

export interface HostView {
  readonly host: string;
  /** By namespace name; `''` is the host's own stack. Only namespaces that are ours, or that we want, are looked into. */
  readonly scopes: ReadonlyMap<Scope, ScopeView>;
  /** All names under /run/netns, with the alias of their `lo`. */
  readonly namespaces: readonly NamespaceView[];
  /** Former values of what is borrowed, as kept on the host for this topology; `null` where nothing is kept. */
  readonly record: HostRecord | null;
  /** What of ours runs there (`flow/service.ts`); absent where it was not asked. */
  readonly services?: readonly ServiceView[];
  /** Of the programs that services are made of, those that are installed; absent where it was not asked. */
  readonly tools?: readonly string[];
  /** The way by which it is reached by whoever reads it; absent where nobody came from elsewhere. */
  readonly path?: PathView;
}

export interface ServiceView {
  readonly scope: Scope;
  /** Which of the services there: see `ServiceName`. */
  readonly name: string;
  /** All of its programs run, and somebody sees to it that they do. */
  readonly running: boolean;
  readonly files: ServiceFiles;
  /** What it may put on an interface by itself at any time. */
  readonly holds: readonly { readonly device: string; readonly address: string }[];
}

/** One connection of ssh, and how the host answers it. */
export interface PathView {
  readonly client: Address;
  readonly server: Address;
  readonly port: number;
  /** The interface by which the host sends to the client, and the router on that way; `null` where the client is on the wire. */
  readonly device: string;
  readonly via: Address | null;
  /** Of the router or the client, where the host knows it. */
  readonly mac: string | null;
}

export interface NamespaceView {
  readonly name: string;
  readonly alias: string | null;
}

export interface ScopeView {
  readonly scope: Scope;
  /** By ifindex. */
  readonly links: ReadonlyMap<number, LinkView>;
  readonly routes: readonly RouteView[];
  /** Which table is asked for which packets, both families. */
  readonly rules: readonly RuleView[];
  readonly tables: readonly TableView[];
  /** Values under /proc/sys, by path without that prefix (`net/ipv4/ip_forward`). */
  readonly sysctls: ReadonlyMap<string, string>;
}

export interface LinkView {
  readonly index: number;
  /** The name as read; where it holds bytes that no tool can be given safely, `manageable` is false. */
  readonly name: string;
  readonly manageable: boolean;
  /** IFLA_INFO_KIND: `bridge`, `veth`, `vlan`, `vxlan`; `null` for a physical port. */
  readonly type: string | null;
  readonly alias: string | null;
  readonly altNames: readonly string[];
  readonly group: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly mtu: number;
  readonly mac: string | null;
  /** ifindex of the bridge or bond that it is a port of; -1 where that has a name that no tool can be given. */
  readonly master: number | null;
  /** ifindex of what it lies on (veth: the peer), and whether that is in another namespace. */
  readonly link: number | null;
  readonly linkElsewhere: boolean;
  /** `linkinfo.info_data` and `linkinfo.info_slave_data` of `ip -d -j link`, as read. */
  readonly data: Readonly<Record<string, Json>>;
  readonly slaveData: Readonly<Record<string, Json>>;
  readonly addresses: readonly AddressView[];
  /** VLANs of a port of a VLAN-aware bridge, or of the bridge itself. */
  readonly vlans: readonly VlanView[];
  /** Static forwarding entries (`bridge fdb`). */
  readonly fdb: readonly FdbView[];
}

export interface AddressView {
  readonly family: Family;
  /** `10.1.1.1/24` */
  readonly address: string;
  readonly scope: string;
  readonly tentative: boolean;
  readonly dadFailed: boolean;
  /** Made by the kernel itself (IPv6 link-local, `mngtmpaddr` …), not by anybody's configuration. */
  readonly kernel: boolean;
}

export interface VlanView {
  readonly vid: number;
  readonly pvid: boolean;
  readonly untagged: boolean;
}

export interface FdbView {
  readonly mac: string;
  readonly destination: string | null;
  readonly flags: readonly string[];
}

export interface RouteView {
  readonly family: Family;
  readonly table: string;
  readonly type: string;
  /** `0.0.0.0/0` and `::/0` for the default. */
  readonly to: string;
  readonly via: string | null;
  readonly device: string | null;
  readonly metric: number | null;
  readonly protocol: string;
  /** Names of whatever else it says (`prefsrc`, `onlink`, `nexthops`), beyond what a route of ours has. */
  readonly other?: readonly string[];
  /** `prefsrc`: the source of packets that have none yet. */
  readonly source?: string;
  /** Of a multipath route, which has no `via` and `device` of its own. */
  readonly nexthops?: readonly NextHopView[];
  /** The kernel does not use it for now: its interface has no carrier. */
  readonly dead?: boolean;
}

export interface NextHopView {
  readonly via: string | null;
  readonly device: string | null;
  readonly dead: boolean;
}

/** A line of `ip rule`, as far as it is of a form that we make; `other` holds the names of whatever else it says. */
export interface RuleView {
  readonly family: Family;
  readonly priority: number;
  /** `null`: whatever the source. */
  readonly from: string | null;
  readonly mark: number | null;
  /** `null` where it leads to no table (`goto`, `unreachable`). */
  readonly table: string | null;
  /** `suppress_prefixlength`: a route of this length or shorter does not count. */
  readonly suppressed: number | null;
  readonly protocol: string | null;
  readonly other: readonly string[];
}

/** One nftables table: its objects as `nft -j list ruleset` prints them, handles and counters included. */
export interface TableView {
  readonly family: string;
  readonly name: string;
  readonly objects: readonly Readonly<Record<string, Json>>[];
}

/** Kept on the host while something is borrowed: `/run/trunkline/borrowed/TOPOLOGY.json`. For undo and destroy only. */
export interface HostRecord {
  readonly format: number;
  readonly topology: string;
  readonly former: Readonly<Record<ResourceId, Resource>>;
}
