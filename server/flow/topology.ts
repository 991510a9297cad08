/**
 * A Topology: one file as written, read, checked for shape and split into its parts, but not yet understood: names may point
 * nowhere, addresses may clash. Every part knows its place. Made by `server/topology`, read by `server/model` only.
 */
import type { Address, Prefix } from '../core/address.ts';
import type { Place } from '../core/place.ts';
import type { PortRange, Service } from './model.ts';

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
}

export interface HostEntry extends Entry {
  readonly access: Located<AccessText>;
  readonly bridges: ReadonlyMap<string, BridgeEntry>;
  readonly nics: ReadonlyMap<string, HostNicEntry>;
}

export type AccessText =
  | { readonly type: 'local' }
  | { readonly type: 'ssh'; readonly user: string; readonly host: string; readonly port: number };

export interface BridgeEntry extends Entry {
  readonly ports: readonly { readonly device: string; readonly fabric: string; readonly place: Place }[];
  /** Names and globs; `null` where none is written: every network that no other bridge of the host names. */
  readonly networks: readonly Located<string>[] | null;
}

/** `mgmt: 10.0.20.11`, `mgmt: [10.0.20.11, "2001:db8::11"]` or `{ address: …, port: eno1 }`. The key is the network. */
export interface HostNicEntry extends Entry {
  readonly addresses: readonly Located<Address>[];
  readonly port: Located<string> | null;
}

export interface GuestEntry extends Entry {
  readonly on: Located<string>;
  readonly nics: ReadonlyMap<string, GuestNicEntry>;
  readonly listens: readonly Located<Service>[];
}

export interface GuestNicEntry extends Entry {
  readonly addresses: readonly Located<Address>[];
  readonly mac: Located<string> | null;
  readonly default: Located<boolean> | null;
}

export interface GatewayEntry extends Entry {
  readonly on: readonly Located<string>[];
  readonly runs: Located<'netns'>;
  readonly nics: ReadonlyMap<string, GatewayNicEntry>;
  readonly masquerade: readonly (Located<{ readonly from: string; readonly to: string }> & { readonly text: string })[];
  readonly publish: readonly PublishLine[];
}

export interface GatewayNicEntry extends Entry {
  readonly shared: readonly Located<Address>[];
  readonly addresses: readonly Located<Address>[];
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
  readonly reaches:
    (Located<{ readonly guest: string; readonly port: number | null }> & { readonly text: string }) | null;
}
