/**
 * What a resource is to a packet: the parts of a network stack that stand there because of it. Kinds say it (`standing`), and it
 * speaks of the kernel's things, not of ours: several kinds make interfaces. Put together with what the kernel does by itself,
 * the parts of all resources of a host are its stacks as the topology wants them (`reach/world`).
 */
import type { Family, InterfaceAddress, Address, Prefix } from '../core/address.ts';
import type { Scope } from './resource.ts';
import type { BridgePort, InterfaceForm, StackTable } from './world.ts';
import type { VlanView } from './hostview.ts';

export type Standing =
  /** An interface, or what one resource says of it; what several say is put together, the last word counts. */
  | {
      readonly on: 'interface';
      readonly scope: Scope;
      readonly name: string;
      readonly up?: boolean;
      readonly mac?: string | null;
      readonly mtu?: number;
      readonly form?: InterfaceForm;
      readonly port?: BridgePort | null;
      readonly vlans?: readonly VlanView[];
    }
  /** One VLAN more of a port of somebody else's bridge. */
  | { readonly on: 'vlan'; readonly scope: Scope; readonly name: string; readonly vlan: VlanView }
  /** The two ends of a pair. */
  | { readonly on: 'pair'; readonly ends: readonly [PairEnd, PairEnd] }
  | { readonly on: 'address'; readonly scope: Scope; readonly name: string; readonly address: InterfaceAddress }
  | {
      readonly on: 'route';
      readonly scope: Scope;
      readonly to: Prefix;
      readonly via: Address;
      readonly device: string;
      /** `main`, or a number as text. */
      readonly table: string;
    }
  | {
      readonly on: 'rule';
      readonly scope: Scope;
      readonly family: Family;
      readonly priority: number;
      readonly from: Prefix | null;
      readonly mark: number | null;
      readonly table: string;
      readonly suppressed: number | null;
    }
  | { readonly on: 'setting'; readonly scope: Scope; readonly path: string; readonly value: string }
  | { readonly on: 'table'; readonly scope: Scope; readonly table: StackTable }
  | { readonly on: 'stack'; readonly scope: Scope };

export interface PairEnd {
  readonly scope: Scope;
  readonly device: string;
}
