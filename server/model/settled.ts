import type { Intercept, Transport } from '../flow/model.ts';
import type { Topology } from '../flow/topology.ts';
import type { Forwarding } from './forwarding.ts';
import type { Members } from './members.ts';
import type { Addresses } from './passes/addresses-have-one-owner.ts';
import type { Dhcps } from './passes/dhcp-has-a-gateway.ts';
import type { Macs } from './passes/macs-have-one-owner.ts';
import type { MemberAddresses } from './passes/members-have-own-addresses.ts';
import type { Wiring } from './passes/networks-have-one-bridge.ts';
import type { Homes } from './placement/homes.ts';
import type { WaysOut } from './passes/nodes-have-one-way-out.ts';
import type { OneToOnes } from './passes/one-to-ones-have-two-ends.ts';
import type { Publishes } from './passes/published-ports-have-one-owner.ts';
import type { Subnets } from './passes/subnets-are-disjoint.ts';
import type { Overlay } from './passes/tunnels-have-ends.ts';

/** What the passes have settled: all that is needed to write the model down. */
export interface Settled {
  readonly topology: Topology;
  readonly transports: ReadonlyMap<string, Transport>;
  readonly subnets: Subnets;
  readonly addresses: Addresses;
  readonly members: Members;
  readonly wiring: Wiring;
  readonly overlays: ReadonlyMap<string, Overlay>;
  readonly mtus: ReadonlyMap<string, number>;
  readonly defaultMtu: number;
  readonly memberAddresses: MemberAddresses;
  readonly macs: Macs;
  readonly waysOut: WaysOut;
  readonly dhcps: Dhcps;
  readonly forwarding: Forwarding;
  readonly oneToOnes: OneToOnes;
  readonly publishes: Publishes;
  readonly homes: Homes;
  readonly intercepts: ReadonlyMap<string, readonly Intercept[]>;
}
