/**
 * The World: everything that packets pass, as one value. Network stacks (of hosts, of namespaces on them, of guests, of the
 * node `internet`), each with its interfaces, routes, rules, settings and filters, and the wires between interfaces. It has one
 * form, whether it was made from what a topology wants or from what was read from hosts, so that both can be asked the same
 * questions and be compared.
 *
 * What is not understood is kept, with its text (`unread`, `unknown`): whoever comes by it must answer `unknown`. Addresses and
 * prefixes are canonical text (core/address.ts). It is plain data: rules are as the tools list them, and read when they are asked
 * (`rulesetOf` in reach/world).
 */
import type { Address, Family, InterfaceAddress, Prefix } from '../core/address.ts';
import type { Json } from '../core/json.ts';
import type { VlanView } from './hostview.ts';
import type { Service } from './model.ts';
import type { Scope } from './resource.ts';

/** `gw-x` is a host's own stack, `gw-x/shop-vgw-1` a namespace on it, `web1` a guest, `internet`, `temporary@db`. */
export type StackId = string;

export interface World {
  readonly stacks: ReadonlyMap<StackId, NetworkStack>;
  /** Interfaces that are not on any lead nowhere. Each end is on one wire only. */
  readonly wires: readonly Wire[];
  /** Every name that a packet can be sent from or to → the stack behind it: `vgw-1@gw-x` → `gw-x/shop-vgw-1`. */
  readonly nodes: ReadonlyMap<string, StackId>;
}

export interface NetworkStack {
  readonly id: StackId;
  /** As people call it: `gw-x`, `vgw-1@gw-x`, `web1`, `internet`. */
  readonly node: string;
  readonly sort: 'host' | 'namespace' | 'guest' | 'internet' | 'temporary';
  /** The machine that it is lost with; `null` for what is on none. */
  readonly host: string | null;
  readonly interfaces: ReadonlyMap<string, Interface>;
  /** Of all tables, those the kernel makes by itself included (`local`, connected ones). In the order of the listing. */
  readonly routes: readonly StackRoute[];
  /** Sorted by priority; those that the kernel starts with included. */
  readonly rules: readonly StackRule[];
  /**
   * Below /proc/sys, without that prefix (`net/ipv4/ip_forward`), as far as known. What is missing is as a new stack of the kernel
   * has it.
   */
  readonly settings: ReadonlyMap<string, string>;
  /** Each table as `nft -j list ruleset` prints its objects, the line of the table itself first. */
  readonly tables: readonly StackTable[];
  /** What `iptables-save` and its likes printed, by what printed it; empty where it is not known or there is none. */
  readonly iptables: ReadonlyMap<string, string>;
  /** What programs there listen on; `null`: not known. The kernel answers an echo by itself. */
  readonly listens: readonly Service[] | null;
  /** What was read of this stack and is not understood, as text: nobody knows what it does to packets. */
  readonly unread: readonly string[];
}

export interface StackTable {
  readonly family: string;
  readonly name: string;
  readonly objects: readonly Readonly<Record<string, Json>>[];
}

export interface Interface {
  readonly name: string;
  /** Set up, and with a carrier where it has to have one. */
  readonly up: boolean;
  readonly mac: string | null;
  /** Bytes of IP packet. */
  readonly mtu: number | null;
  /** Those in use (no duplicates), in the order in which the kernel has them: the first of a subnet is its primary. */
  readonly addresses: readonly InterfaceAddress[];
  readonly form: InterfaceForm;
  /** The bridge or bond that it is a port of, and what holds for it there. */
  readonly port: BridgePort | null;
  /** VLANs of a port of a bridge that filters them, or of such a bridge itself. Sorted by VLAN id. */
  readonly vlans: readonly VlanView[];
}

export type InterfaceForm =
  | { readonly type: 'loopback' }
  /** Its frames go to, and come from, the wire that it is on: a physical port, an end of a veth pair, the tap of a machine. */
  | { readonly type: 'plain' }
  | {
      readonly type: 'bridge';
      /** It filters 802.1Q VLANs. */
      readonly vlanAware: boolean;
      /** Frames between its ports are shown to the chains of IP too (br_netfilter); `null`: not known. */
      readonly callsIp: boolean | null;
      /** 802.1Q, or another protocol's number. */
      readonly vlanProtocol: string;
    }
  | { readonly type: 'bond' }
  | { readonly type: 'vlan'; readonly on: string; readonly vid: number }
  | {
      readonly type: 'vxlan';
      readonly vni: number;
      /** UDP port. */
      readonly port: number;
      readonly local: Address | null;
      /** Where frames are sent whose receiver it does not know. Sorted. */
      readonly remotes: readonly Address[];
    }
  /** `on`: the interface whose frames it shares. */
  | { readonly type: 'macvlan'; readonly on: string; readonly mode: string }
  | { readonly type: 'unknown'; readonly what: string };

export interface BridgePort {
  readonly master: string;
  /** Exchanges no frames with other ports that are isolated. */
  readonly isolated: boolean;
  /** Frames may leave by the port that they came in by. */
  readonly hairpin: boolean;
  /** Of a bridge that runs spanning tree: false where it is blocked. */
  readonly forwarding: boolean;
}

export interface StackRoute {
  readonly family: Family;
  /** `main`, `local`, `default`, or a number as text. */
  readonly table: string;
  readonly type: string;
  readonly to: Prefix;
  /** The next hops, one unless it is a multipath route; `via` is `null` where the destination itself is the next hop. */
  readonly ways: readonly { readonly via: Address | null; readonly device: string | null }[];
  /** 0 where none is said; of IPv6 routes 1024. */
  readonly metric: number;
  /** The source that packets get which have none yet. */
  readonly source: Address | null;
  readonly protocol: string;
  /** Names of what else it says, which nobody here understands: it makes what goes by it unknown. */
  readonly unknown: readonly string[];
}

export interface StackRule {
  readonly family: Family;
  readonly priority: number;
  /** `null`: whatever the source. */
  readonly from: Prefix | null;
  readonly mark: number | null;
  /** `null` where it leads to no table. */
  readonly table: string | null;
  /** `suppress_prefixlength`: routes of this length or shorter do not count. */
  readonly suppressed: number | null;
  readonly unknown: readonly string[];
}

export interface WireEnd {
  readonly stack: StackId;
  readonly device: string;
  /** The end sees only frames with this tag, and sees them without it: a node that is plugged into one VLAN of a cable. */
  readonly tag: number | null;
}

/** What one end sends, all others get: a veth pair, a machine's NIC and its tap, the uplinks of one fabric. */
export interface Wire {
  /** `fabric default`, `web1 on shop`; only for people. */
  readonly name: string;
  readonly ends: readonly WireEnd[];
  /**
   * A cable that leads to switches and machines nobody has told us of. Who is beyond it is not known, and an answer that depends
   * on it says so.
   */
  readonly open: boolean;
}

/** The id of a stack on a host. */
export function stackIdOf(host: string, scope: Scope): StackId {
  return scope === '' ? host : `${host}/${scope}`;
}
