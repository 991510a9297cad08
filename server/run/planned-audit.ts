/** Stage: a model → its audit as the file wants the hosts, and the same with what somebody has accepted. */
import { audit } from '../audit/audit.ts';
import type { AuditReport } from '../audit/report.ts';
import { sceneOf } from '../audit/scene.ts';
import type { Suppression } from '../audit/suppressions.ts';
import { sortOut } from '../audit/suppressions.ts';
import type { Model } from '../flow/model.ts';
import { lookPlanned } from './audited.ts';

/** What `audit FILE --planned` says before anything is accepted. `taken`: UTC, `2026-11-21T18:40:00Z`. */
export function plannedAudit(model: Model, taken: string): AuditReport {
  const looked = lookPlanned(model);
  const report = audit(sceneOf(looked), { subject: model.topology, taken, accepted: [] });
  return { ...report, notes: [...looked.notes, ...report.notes] };
}

/** A report that nothing was accepted in, with what is: as `--accepted` sorts it out, on the day of `taken`. */
export function withAccepted(report: AuditReport, accepted: readonly Suppression[], taken: string): AuditReport {
  const { findings, suppressed, notes } = sortOut(report.findings, accepted, taken.slice(0, 10));
  return { ...report, taken, findings, suppressed, notes: [...report.notes, ...notes] };
}
