import type { Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { ZonesOf } from './endpoints-are-zones.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

/** What is settled before port mappings are looked at. */
export interface PublishContext {
  readonly topology: Topology;
  readonly subnets: Subnets;
  readonly addresses: Addresses;
  readonly zonesOf: ZonesOf;
  readonly notes: Notes;
}
