/**
 * What to send to see whether the expectations hold: each expectation spread over its ends, ports and families. Made from the
 * model alone (`server/model/probes.ts`); sent as real packets by the lab, and asked of the forwarding model by `check`.
 */
import type { Address, Family, InterfaceAddress } from '../core/address.ts';
import type { Expectation } from './model.ts';

export interface ProbePlan {
  readonly probes: readonly Probe[];
  /** Addresses of the node `internet`, for each external network: the routers nobody else has, and further ones beyond. */
  readonly internet: readonly InternetNic[];
  /** Members put on networks that have none, so that they can be probed. */
  readonly temporary: readonly TemporaryMember[];
}

export interface InternetNic {
  readonly network: string;
  /** On the wire, with the subnet's length: the network's router addresses that no other node has. */
  readonly routers: readonly InterfaceAddress[];
  /** Beyond it: one address outside every prefix of the file by family, and one per outside prefix named in a `from`. */
  readonly beyond: readonly Address[];
}

export interface TemporaryMember {
  readonly node: string;
  readonly network: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly defaultVia: readonly Address[];
}

export interface Probe {
  readonly expectation: Expectation;
  readonly want: 'allow' | 'deny';
  readonly family: Family;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Destination port as sent; `null` for icmp. */
  readonly port: number | null;
  /** Node name (guest, host, `internet`, gateway member, temporary member) and the source address to use. */
  readonly from: { readonly node: string; readonly address: Address };
  /** The address that the packet is sent to, and the node that owns it (`null`: nobody in the file). */
  readonly to: { readonly node: string | null; readonly address: Address };
  /**
   * Where the packet ends if it gets through: behind a published port the guest and its port, else `to` itself. This node
   * answers for `allow`, and is watched for `deny`.
   */
  readonly target: { readonly node: string; readonly address: Address; readonly port: number | null } | null;
  /** Who may answer instead of it: the other targets of a balanced service. */
  readonly others?: readonly { readonly node: string; readonly address: Address; readonly port: number | null }[];
  /** A host that is down meanwhile. */
  readonly without: string | null;
  /**
   * The node that the sender finds at this address in a realm of its own, where the one that is meant is in another: an answer of
   * that node says nothing of this one.
   */
  readonly twin: string | null;
  /** `forced` probes a denial from outside with a route set straight through this gateway, past what a provider would route. */
  readonly forcedVia: { readonly gateway: string; readonly via: Address; readonly network: string } | null;
  /** Whether somebody is declared to listen there; where not, an `allow` gets a listener and the result says so. */
  readonly listener: 'declared' | 'temporary' | 'none';
}
