/**
 * What an audit finds: values that every format shows. A finding says what is wrong, where each thing that causes it stands (a
 * line of the topology, a rule on a host), and shows one packet for which it is so.
 */
import type { Place } from '../core/place.ts';
import type { FindingSeverity } from './severity.ts';

/** `EXP-001`: a group (exposure, NAT, rules, policy, differences, undecidable) and a number that never changes its meaning. */
export type FindingId = `${'EXP' | 'NAT' | 'RUL' | 'POL' | 'DIF' | 'UNK'}-${string}`;

/** What a finding of this sort means: the same for each of its findings. */
export interface FindingKind {
  readonly id: FindingId;
  /** A few words: `Dangling port forward`. */
  readonly name: string;
  /** The worst that a finding of this sort may be. */
  readonly severity: FindingSeverity;
  /** One or two sentences: when exactly it is raised. */
  readonly definition: string;
  /** What to do about it. */
  readonly fix: string;
  /** Requirements of standards that it speaks to: `PCI DSS 4.0 1.3.1`. */
  readonly standards?: readonly string[];
}

/** Where something stands: on a host, in the file, or both where the host's rule came from a line. */
export interface Locus {
  /** Host, or `host/namespace`; `null` where only the file is spoken of. */
  readonly stack: string | null;
  /** `inet filter input handle 12`, `bridge br0`; `null` where only the file is spoken of. */
  readonly object: string | null;
  /** The rule's expressions as listed, or whatever else a person recognises it by. */
  readonly text: string | null;
  readonly place: Place | null;
}

/** A packet for which it is so, as a person would send it. */
export interface Witness {
  /** A node or zone: `internet`, `db1`. */
  readonly from: string;
  readonly source: string;
  readonly destination: string;
  /** `tcp`, `udp`, `icmp`, or a number. */
  readonly protocol: string;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  /** Where it ends, and how it looks there, where that is another address or port: `db1 10.1.1.5:5432`. */
  readonly ends: string | null;
}

export interface Finding {
  readonly id: FindingId;
  readonly severity: FindingSeverity;
  /** One line: what is wrong, by name. */
  readonly summary: string;
  /** Why it is so, and what follows; may be empty. */
  readonly detail: string;
  readonly at: readonly Locus[];
  readonly witness: Witness | null;
  /**
   * What it is about, in words that do not change while it stays the same thing (names and addresses, never handles or lines):
   * with `id` it is the same finding in the next audit.
   */
  readonly about: string;
}

/** The same finding in every audit: `NAT-003 vgw-1 203.0.113.7:443/tcp`. Suppressions and comparisons go by it. */
export function keyOf({ id, about }: Pick<Finding, 'id' | 'about'>): string {
  return `${id} ${about}`;
}
