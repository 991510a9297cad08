/** The audit of a topology as its file wants the hosts (`trunkline audit --planned`), or of its hosts as they were found; places are named as in the folder. */
import { basename } from 'node:path';
import { audit } from '../../audit/audit.ts';
import type { Finding } from '../../audit/finding.ts';
import { keyOf } from '../../audit/finding.ts';
import { csvOf, findingsCsvOf } from '../../audit/formats/csv.ts';
import type { AuditReport } from '../../audit/report.ts';
import { sceneOf } from '../../audit/scene.ts';
import { Failure } from '../../core/failure.ts';
import type { Model } from '../../flow/model.ts';
import { readSnapshot } from '../../observe/read-snapshot.ts';
import type { HostRecord } from '../../operator/host-record.ts';
import { lookAt } from '../../run/audited.ts';
import { plannedAudit, withAccepted } from '../../run/planned-audit.ts';
import type { AcceptedFile } from '../accepted.ts';
import { suppressionsIn } from '../accepted.ts';
import type { AuditAnswer } from '../schema/audit.ts';

export interface AuditAsked {
  readonly accepted: AcceptedFile;
  /** UTC, `2026-11-21T18:40:00Z`. */
  readonly taken: string;
}

type NameOf = (path: string) => string;
type Told = Omit<AuditAnswer, 'formatVersion' | 'diagnostics'>;

export function auditAnswer(model: Model, asked: AuditAsked, nameOf: NameOf): Told {
  return answerOf(auditOf(model), asked, nameOf);
}

export interface FoundAsked extends AuditAsked {
  readonly hosts: readonly HostRecord[];
}

/** Of hosts as they were found, with the topology around them: what `trunkline audit FILE` says. */
export function foundAnswer(model: Model, { hosts, ...asked }: FoundAsked, nameOf: NameOf): Told {
  const looked = lookAt(
    hosts.map(({ name, files, status }) => ({ name, status, snapshot: readSnapshot(bytesOf(files)) })),
    model,
  );
  const report = audit(sceneOf(looked), { subject: model.topology, taken: asked.taken, accepted: [] });
  return answerOf({ ...report, notes: [...looked.notes, ...report.notes] }, asked, nameOf);
}

function bytesOf(files: HostRecord['files']): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(text, 'base64')]));
}

function answerOf(whole: AuditReport, asked: AuditAsked, nameOf: NameOf): Told {
  const report = inFolder(toldOf(whole, asked), nameOf);
  const { subject, taken, ledger, findings, suppressed, kinds, notes } = report;
  return {
    ...{ subject, taken, ledger, notes, accepted: acceptedOf(asked.accepted) },
    findings: findings.map((each) => ({ key: keyOf(each), ...each })),
    suppressed: suppressed.map(({ finding, by }) => ({ key: keyOf(finding), ...finding, by })),
    lookedFor: kinds.map(({ standards = [], ...kind }) => ({ ...kind, standards })),
  };
}

/** For a spreadsheet. */
export function auditCsv(
  model: Model,
  { table, ...asked }: AuditAsked & { readonly table: 'ledger' | 'findings' },
  nameOf: NameOf,
): string {
  const report = inFolder(toldOf(auditOf(model), asked), nameOf);
  return table === 'ledger' ? csvOf(report) : findingsCsvOf(report);
}

export function hasFinding(
  model: Model,
  { finding, about }: { readonly finding: string; readonly about: string },
): boolean {
  return auditOf(model).findings.some((each) => each.id === finding && each.about === about);
}

export function acceptedOf({ path, version }: AcceptedFile): AuditAnswer['accepted'] {
  return { file: basename(path), version };
}

const known = new WeakMap<Model, AuditReport>();

/** What is accepted and when it is asked for change nothing of what is found. */
function auditOf(model: Model): AuditReport {
  const report = known.get(model) ?? plannedAudit(model, '');
  known.set(model, report);
  return report;
}

function toldOf(whole: AuditReport, { accepted, taken }: AuditAsked): AuditReport {
  try {
    return withAccepted(whole, suppressionsIn(accepted), taken);
  } catch (error) {
    // Findings are shown all the same: a slip in that file must not hide them.
    if (!(error instanceof Failure)) throw error;
    const report = withAccepted(whole, [], taken);
    const note = `Nothing is accepted: ${error.message}${error.detail === undefined ? '' : ` (${error.detail})`}`;
    return { ...report, notes: [...report.notes, note] };
  }
}

/** Places say where in the folder a file lies, not where the folder lies. */
function inFolder(report: AuditReport, nameOf: NameOf): AuditReport {
  const locus = <T extends Finding['at'][number]>(each: T): T =>
    each.place === null ? each : { ...each, place: { ...each.place, file: nameOf(each.place.file) } };
  const finding = (each: Finding): Finding => ({ ...each, at: each.at.map(locus) });
  return {
    ...report,
    ledger: report.ledger.map((row) => ({ ...row, through: row.through.map(locus) })),
    findings: report.findings.map(finding),
    suppressed: report.suppressed.map((each) => ({ ...each, finding: finding(each.finding) })),
  };
}
