/** How bad a finding is, worst first. `--fail-on high` means: that bad, or worse. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

export type FindingSeverity = (typeof SEVERITIES)[number];

/** Whether `severity` is as bad as `threshold`, or worse. */
export function isAtLeast(severity: FindingSeverity, threshold: FindingSeverity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

export function bySeverity(
  a: { readonly severity: FindingSeverity },
  b: { readonly severity: FindingSeverity },
): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}
