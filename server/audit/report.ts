/** One audit as a value: what every format shows. */
import type { Baseline } from './baseline.ts';
import type { Finding, FindingKind } from './finding.ts';
import type { LedgerRow } from './ledger.ts';
import type { FindingSeverity } from './severity.ts';
import { isAtLeast } from './severity.ts';
import type { Suppressed } from './suppressions.ts';

export interface AuditReport {
  /** What was audited: a topology's name, hosts, folders of snapshots. */
  readonly subject: string;
  /** UTC, `2026-11-21T18:40:00Z`. */
  readonly taken: string;
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** Accepted, with the reason; never counted by a threshold. */
  readonly suppressed: readonly Suppressed[];
  readonly ledger: readonly LedgerRow[];
  /** Sorts that were looked for; what is not among them was not looked for. */
  readonly kinds: readonly FindingKind[];
  /** The former report that it stands beside; left out where there is none. */
  readonly baseline?: Baseline;
  /** What could not be judged, and why; suppressions that have run out or match nothing. */
  readonly notes: readonly string[];
}

/** Whether anything stands that is as bad as the threshold. */
export function failsOn({ findings }: AuditReport, threshold: FindingSeverity): boolean {
  return findings.some(({ severity }) => isAtLeast(severity, threshold));
}
