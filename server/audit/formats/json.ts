/** An audit as the document of `--json`: the report as it is, each finding with its key. */
import { keyOf } from '../finding.ts';
import type { AuditReport } from '../report.ts';

export function documentOf({ kinds, findings, suppressed, ...report }: AuditReport): Readonly<Record<string, unknown>> {
  return {
    ...report,
    findings: findings.map((finding) => ({ key: keyOf(finding), ...finding })),
    suppressed: suppressed.map(({ finding, by }) => ({ key: keyOf(finding), ...finding, by })),
    lookedFor: kinds.map(({ id, name, severity, definition, fix, standards }) => ({
      ...{ id, name, severity, definition, fix },
      standards: standards ?? [],
    })),
  };
}
