/** What is said of a packet's way: the verdict, and each hop with what decides there. */
import type { Address, Family } from '../../core/address.ts';
import type { StackId, StackRoute } from '../../flow/world.ts';
import type { Locator } from '../rules/ruleset.ts';

/**
 * `delivered`: it reached a program, and the answer came back. `not-listening`: it reached a node where nothing listens on that
 * port. `dropped`: in silence; `rejected`: a rule or a host said no. `loop`: routers hand it to each other.
 */
export type Verdict = 'delivered' | 'dropped' | 'rejected' | 'no-route' | 'loop' | 'not-listening' | 'unknown';

/** A packet as it stands at a hop. */
export interface PacketView {
  readonly family: Family;
  readonly protocol: string;
  /** `null`: more than one value is possible there. */
  readonly source: Address | null;
  readonly sourcePort: number | null;
  readonly destination: Address | null;
  readonly destinationPort: number | null;
}

/** What decides at a hop, and where it stands. */
export type Decider =
  | ({ readonly type: 'rule' } & Locator)
  | { readonly type: 'route'; readonly text: string; readonly route: StackRoute | null }
  | { readonly type: 'setting'; readonly text: string };

export interface Hop {
  readonly node: string;
  readonly stack: StackId;
  /** That it comes in by, or leaves by for what the node sends itself; `null` where it has to do with none. */
  readonly interface: string | null;
  readonly action:
    | 'sends'
    | 'accepts'
    | 'translates'
    | 'forwards'
    | 'switches'
    | 'delivers'
    | 'drops'
    | 'rejects'
    | 'stops'
    | 'unknown';
  readonly rule: Decider | null;
  readonly packet: PacketView;
  /** That switches it. */
  readonly bridge: string | null;
  /** In a sentence, where the rule alone does not say it. */
  readonly note: string | null;
}

/** One direction. */
export interface Way {
  readonly verdict: Verdict;
  /** Where it ended. */
  readonly end: { readonly node: string; readonly stack: StackId; readonly device: string | null } | null;
  readonly packet: PacketView;
  /** Why it is as it is, in a sentence. */
  readonly why: string;
  readonly by: Decider | null;
  readonly hops: readonly Hop[];
  /** Rules that nobody can say of whether they match, and what else is not known, where it makes a difference. */
  readonly doubts: readonly string[];
}
