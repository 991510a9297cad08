/**
 * What a change does, in the host's own stack, to things that the way by which the host is reached may rest on. Kinds say it;
 * `server/plan/own-path.ts` judges it. It speaks of the kernel's things, not of ours: several kinds make links.
 */
import type { Family } from '../core/address.ts';
import type { Table, TableFamily } from '../core/nft/ast.ts';
import type { VlanView } from './hostview.ts';

/** A link, as far as frames on their way to the host have to do with it. */
export interface PathLink {
  /** `bridge`, `bond`, `vlan`, `veth`, …; `null` for a physical port. */
  readonly type: string | null;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly mtu: number;
  /** The bridge or bond that it is a port of. */
  readonly master: string | null;
  /** Of a VLAN device: what it lies on, and its VLAN. */
  readonly lower: string | null;
  readonly vid: number | null;
  /** Of a bridge: that it filters VLANs. */
  readonly filtering: boolean;
  /** Of a port of such a bridge, or the bridge itself. */
  readonly vlans: readonly VlanView[];
  /** Of a tunnel: another one leads elsewhere. */
  readonly leads: string | null;
}

export type Touch =
  /** `null`: gone. `was`: its name before. What is not said stays, or is as the kernel makes a new one. */
  | { readonly on: 'link'; readonly device: string; readonly was?: string; readonly link: Partial<PathLink> | null }
  /** One VLAN of a port in a bridge that filters. */
  | { readonly on: 'vlan'; readonly device: string; readonly vid: number; readonly member: boolean }
  | { readonly on: 'address'; readonly device: string; readonly address: string; readonly present: boolean }
  | {
      readonly on: 'route';
      readonly to: string;
      readonly via: string;
      readonly device: string;
      /** 254 is the main table. */
      readonly table: number;
      readonly present: boolean;
    }
  /** A line of `ip rule`. `from`: `null` where it goes by a mark on the packet. */
  | {
      readonly on: 'rule';
      readonly family: Family;
      readonly priority: number;
      readonly from: string | null;
      readonly table: number;
      /** `suppress_prefixlength` */
      readonly suppressed: number | null;
      readonly present: boolean;
    }
  /** Below /proc/sys. */
  | { readonly on: 'setting'; readonly path: string; readonly value: string }
  | {
      readonly on: 'table';
      readonly family: TableFamily;
      readonly name: string;
      readonly before: Table | null;
      readonly after: Table | null;
    };
