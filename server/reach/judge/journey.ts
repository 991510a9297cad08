/** One of the ways that a packet may take, as far as it has been followed. */
import type { Locator, TableFamily } from '../rules/ruleset.ts';
import type { Connection } from './connection.ts';
import type { Packet } from './packet.ts';
import { SOME, withFields } from './packet.ts';

export interface Step {
  readonly hook: string;
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown';
  /** The rule, or the chain's policy, that ended it. */
  readonly by: Locator;
  /** As it is after the chain. */
  readonly packet: Packet;
}

export type Ending = 'forwarded' | 'local' | 'dropped' | 'rejected' | 'no-route' | 'unknown';

export interface Journey {
  readonly packet: Packet;
  readonly connection: Connection;
  readonly steps: readonly Step[];
  readonly doubts: readonly Locator[];
  readonly notes: readonly string[];
  readonly end: { readonly verdict: Ending; readonly by: Locator | null } | null;
  readonly device: string | null;
}

/** What somebody outside could tell apart: what becomes of the packet, where, and with which addresses. */
const OUTSIDE = ['l4proto', 'ip saddr', 'ip daddr', 'ip6 saddr', 'ip6 daddr', 'th sport', 'th dport'] as const;

export function sameEnd(one: Journey, other: Journey): boolean {
  if (one.end?.verdict !== other.end?.verdict) return false;
  const ended = one.end?.verdict === 'dropped' || one.end?.verdict === 'rejected';
  if (ended) return true;
  return one.device === other.device && OUTSIDE.every((field) => one.packet.get(field) === other.packet.get(field));
}

/** Ended by the same rule in each chain. */
export function sameSteps(one: Journey, other: Journey): boolean {
  return one.steps.length === other.steps.length && one.steps.every(({ by }, index) => by === other.steps[index]?.by);
}

/** The packet as far as all of its ways leave it alike. */
export function whatIsSure(journeys: readonly Journey[]): Packet {
  const [first, ...others] = journeys;
  if (first === undefined) return new Map();
  const differing = [...first.packet.keys()].filter((field) =>
    others.some((each) => each.packet.get(field) !== first.packet.get(field)),
  );
  return withFields(
    first.packet,
    differing.map((field) => [field, SOME] as const),
  );
}
