/** A report beside a former one of the same hosts: what is new, what was there already, and what is not there any more. */
import type { Finding, FindingId } from './finding.ts';
import { keyOf } from './finding.ts';
import type { AuditReport } from './report.ts';

export interface Baseline {
  /** What it is compared with, as people call it: `gw-x as it was at 2026-11-20T18:40:00Z`. */
  readonly subject: string;
  /** Keys of what was found then, and is found now. */
  readonly unchanged: ReadonlySet<string>;
  /** What was found then and is not now, worst first. */
  readonly absent: readonly Finding[];
}

export type BaselineState = 'new' | 'unchanged';

/** Two states lie between the reports: what is said of their difference can be in neither of them alone. */
const OF_DIFFERENCES: ReadonlySet<FindingId> = new Set<FindingId>(['DIF-001', 'DIF-002']);

export function withBaseline(report: AuditReport, former: AuditReport): AuditReport {
  const now = new Set([...report.findings, ...report.suppressed.map(({ finding }) => finding)].map(keyOf));
  const before = [...former.findings, ...former.suppressed.map(({ finding }) => finding)];
  return {
    ...report,
    baseline: {
      subject: former.subject,
      unchanged: new Set(before.map(keyOf).filter((key) => now.has(key))),
      absent: former.findings.filter((each) => !OF_DIFFERENCES.has(each.id) && !now.has(keyOf(each))),
    },
  };
}

/** `null`: nothing is compared. */
export function stateOf({ baseline }: AuditReport, finding: Finding): BaselineState | null {
  if (baseline === undefined) return null;
  return baseline.unchanged.has(keyOf(finding)) ? 'unchanged' : 'new';
}
