import type { Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

/** What is settled before whole addresses are mapped, and before proxies are looked for. */
export interface OneToOneContext {
  readonly topology: Topology;
  readonly subnets: Subnets;
  readonly addresses: Addresses;
  readonly notes: Notes;
}
