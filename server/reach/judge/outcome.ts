/** What comes of a packet in one chain, and on its whole way. */
import type { Locator, Translation } from '../rules/ruleset.ts';
import type { FieldValue, Packet } from './packet.ts';

/** A translation with its values for one packet. */
export interface Resolved {
  readonly side: Translation['side'];
  readonly family: 4 | 6;
  /** `null`: it stays; the text `interface`: that of the interface, which only the stack knows. */
  readonly address: FieldValue;
  readonly port: FieldValue;
  /** The kernel picks the port. */
  readonly random: boolean;
}

export interface ChainOutcome {
  /** `unknown`: a rule that is not understood stands in the way, and may have done anything. */
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown';
  /** The rule, or the chain's policy, that decides. */
  readonly by: Locator;
  readonly packet: Packet;
  readonly translation: Resolved | null;
  readonly untracked: boolean;
  /** Rules on the way of which nobody can say whether they match. */
  readonly doubts: readonly Locator[];
}
