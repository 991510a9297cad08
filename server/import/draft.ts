/** The topology that an import writes, before it is text. */
import type { Address, InterfaceAddress, Prefix } from '../core/address.ts';

export interface Draft {
  readonly topology: string;
  readonly host: string;
  /** As it is written: `local`, `ssh://root@gw-x.example.net`. */
  readonly access: string;
  readonly networks: DraftNetwork[];
  readonly bridges: DraftBridge[];
  readonly bonds: DraftBond[];
  readonly guests: DraftGuest[];
  readonly routes: DraftRoute[];
  gateway: DraftGateway | null;
  /** What a person should know of the whole. */
  readonly notes: string[];
}

/** One for each bridge without VLANs, for each VLAN of one with, and for each interface that has addresses by itself. */
export interface DraftNetwork {
  readonly name: string;
  /** The interface with the host's addresses; `null` where it has none. */
  readonly device: string | null;
  /** It is that interface itself, and no bridge. */
  readonly port: boolean;
  readonly mac: string | null;
  readonly vlan: number | null;
  readonly mtu: number;
  readonly addresses: InterfaceAddress[];
  readonly subnets: Prefix[];
  readonly routers: Address[];
  readonly notes: string[];
}

export interface DraftBridge {
  readonly device: string;
  readonly existing: boolean;
  readonly ports: { readonly device: string; readonly fabric: string }[];
  readonly networks: string[];
  readonly notes: string[];
}

export interface DraftBond {
  readonly device: string;
  readonly ports: readonly string[];
  readonly mode: string;
  readonly hash: string | null;
  readonly primary: string | null;
}

export interface DraftGuest {
  readonly name: string;
  readonly network: string;
  readonly port: string;
  readonly addresses: readonly Address[];
  readonly mac: string | null;
  readonly note: string | null;
}

export interface DraftRoute {
  readonly to: Prefix;
  readonly via: Address;
}

export interface DraftGateway {
  readonly name: string;
  /** Interfaces with addresses that the file does not have: only their way out of an external network stays open. */
  readonly beside: readonly string[];
  readonly publishes: DraftPublish[];
  readonly masquerades: { readonly from: string; readonly to: string; readonly note: string }[];
}

export interface DraftPublish {
  /** `192.0.2.10:443/tcp` */
  readonly listen: string;
  /** `10.0.0.5:8443` */
  readonly to: string;
  readonly target: { readonly address: Address; /** `8443/tcp` */ readonly service: string };
  readonly from: readonly string[];
  readonly note: string;
}

/** Which ports are plugged into one wire, nobody can tell from a single host: each has one of its own. */
export function fabricName(port: string): string {
  return `wire-${port.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.replace(/-+$/, '');
}
