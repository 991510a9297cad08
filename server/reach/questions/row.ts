/** What is said to a person who asks "who can reach it" or "what is exposed". */
import type { Family } from '../../core/address.ts';
import type { StackId } from '../../flow/world.ts';
import type { Span } from '../rules/ruleset.ts';
import type { Box } from '../sets/boxes.ts';
import type { Decider, PacketView, Way } from '../walk/answer.ts';

/**
 * `yes`: it gets there and an answer comes back. `one-way`: it gets there, and nobody hears of an answer. `unknown`: something on
 * the way is not understood. `refused`: sets of packets say that it may get there, a packet that is followed hop by hop does not:
 * believe neither before you have looked.
 */
export type RowState = 'yes' | 'one-way' | 'unknown' | 'refused';

/** One address that a translation on the way gives instead of another. */
export interface Mapping {
  readonly node: string;
  readonly before: { readonly address: string | null; readonly port: number | null };
  readonly after: { readonly address: string | null; readonly port: number | null };
  readonly rule: Decider | null;
}

export interface Witness {
  /** A number where it is neither tcp, udp nor icmp. */
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
  readonly port: number | null;
}

export interface Row {
  readonly from: { readonly node: string; readonly stack: StackId };
  /** `null`: nobody can say where it ends. */
  readonly to: { readonly node: string; readonly stack: StackId } | null;
  readonly family: Family;
  /** As they are sent. */
  readonly sent: Box;
  /** As they come in where they end. */
  readonly arriving: Box;
  readonly sources: readonly Span[];
  /** Of destinations, in the order of the way. */
  readonly through: readonly Mapping[];
  /** Nodes on the way, the sender first. */
  readonly path: readonly string[];
  /** The filter that lets it in, or what stops it; `null`: none is on the way. */
  readonly rule: Decider | null;
  readonly state: RowState;
  /** Why it is no plain yes. */
  readonly why: string | null;
  /** One of the packets, and its way hop by hop. */
  readonly witness: Witness;
  readonly way: Way;
  /** Where it arrived, as it came in there. */
  readonly arrived: PacketView | null;
  /** Whether the file says that something listens there; `null`: it does not say. */
  readonly listens: boolean | null;
  /** The gateway that a neighbour on the external network hands it to, past what its provider routes. */
  readonly straight: string | null;
}
