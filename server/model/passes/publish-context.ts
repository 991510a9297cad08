import type { GatewayEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { ZonesOf } from './endpoints-are-zones.ts';
import type { OneToOnes } from './one-to-ones-have-two-ends.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

/** What is settled before port mappings are looked at. */
export interface PublishContext {
  readonly topology: Topology;
  readonly subnets: Subnets;
  readonly addresses: Addresses;
  readonly oneToOnes: OneToOnes;
  /** Endpoints as that gateway sees them: what lies in realms that it has no NIC in does not count. */
  readonly zonesSeenBy: (gateway: GatewayEntry) => ZonesOf;
  readonly notes: Notes;
}
