/** An audit as the document of `--json`: the report as it is, each finding with its key. */
import type { Baseline } from '../baseline.ts';
import { stateOf } from '../baseline.ts';
import type { Finding } from '../finding.ts';
import { keyOf } from '../finding.ts';
import type { AuditReport } from '../report.ts';

export function documentOf(whole: AuditReport): Readonly<Record<string, unknown>> {
  const { kinds, findings, suppressed, baseline, ...report } = whole;
  const compared = (finding: Finding): object => (baseline === undefined ? {} : { baseline: stateOf(whole, finding) });
  return {
    ...report,
    ...(baseline === undefined ? {} : { baseline: baselineOf(baseline) }),
    findings: findings.map((finding) => ({ key: keyOf(finding), ...compared(finding), ...finding })),
    suppressed: suppressed.map(({ finding, by }) => ({ key: keyOf(finding), ...finding, by })),
    lookedFor: kinds.map(({ id, name, severity, definition, fix, standards }) => ({
      ...{ id, name, severity, definition, fix },
      standards: standards ?? [],
    })),
  };
}

function baselineOf({ subject, absent }: Baseline): object {
  return { subject, absent: absent.map((finding) => ({ key: keyOf(finding), ...finding })) };
}
