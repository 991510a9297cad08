import { basename } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Finding } from '../../audit/finding.ts';
import { keyOf } from '../../audit/finding.ts';
import { csvOf, findingsCsvOf } from '../../audit/formats/csv.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { Suppression } from '../../audit/suppressions.ts';
import { Failure } from '../../core/failure.ts';
import type { Model } from '../../flow/model.ts';
import { plannedAudit, withAccepted } from '../../run/planned-audit.ts';
import type { AcceptedFile } from '../accepted.ts';
import { addAccepted, readAccepted, suppressionsIn } from '../accepted.ts';
import type { TopologyFolder } from '../folder.ts';
import { oncePerModel } from '../once.ts';
import type { AuditAnswer } from '../schema/audit.ts';
import { usable } from '../usable.ts';
import { serveOperation } from './operation.ts';

/** The ledger and the findings, for the page and for a spreadsheet, and what is accepted of them. */
export function auditRoutes(server: FastifyInstance, folder: TopologyFolder): void {
  const audited = oncePerModel((model) => Promise.resolve(plannedAudit(model, now())));

  serveOperation(server, 'GET /api/topologies/:name/audit', async ({ params }) => {
    const { model, diagnostics, path } = await usable(folder, params.name);
    const { report, file } = await told(model, path);
    return { formatVersion: 1, diagnostics, ...answerOf(report, folder), accepted: acceptedOf(file) };
  });

  serveOperation(server, 'GET /api/topologies/:name/audit/csv', async ({ params, query }, _request, reply) => {
    const { model, path } = await usable(folder, params.name);
    const shown = inFolder((await told(model, path)).report, folder);
    void reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${fileName(params.name, query.table)}"`);
    return query.table === 'ledger' ? csvOf(shown) : findingsCsvOf(shown);
  });

  serveOperation(server, 'POST /api/topologies/:name/suppressions', async ({ params, body }) => {
    const { model, diagnostics, path } = await usable(folder, params.name);
    const { version, ...by } = body;
    requireReal((await audited(model)).findings, by);
    const file = await addAccepted(path, by, version);
    return { formatVersion: 1, diagnostics, accepted: acceptedOf(file), by };
  });

  async function told(model: Model, path: string): Promise<{ report: AuditReport; file: AcceptedFile }> {
    const file = await readAccepted(path);
    const taken = now();
    const whole = await audited(model);
    try {
      return { file, report: withAccepted(whole, suppressionsIn(file), taken) };
    } catch (error) {
      // Findings are shown all the same: a slip in that file must not hide them.
      if (!(error instanceof Failure)) throw error;
      const report = withAccepted(whole, [], taken);
      const note = `Nothing is accepted: ${error.message}${error.detail === undefined ? '' : ` (${error.detail})`}`;
      return { file, report: { ...report, notes: [...report.notes, note] } };
    }
  }
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

function requireReal(findings: readonly Finding[], { finding, about, until }: Suppression): void {
  if (!findings.some((each) => each.id === finding && each.about === about))
    throw new Failure('usage', `There is no finding ${finding} of that`, {
      detail: 'The topology has changed since the page read it: look at the findings again.',
    });
  if (until < now().slice(0, 10))
    throw new Failure('usage', `${until} is past`, { detail: 'It holds up to and including that day, in UTC.' });
}

function acceptedOf({ path, version }: AcceptedFile): AuditAnswer['accepted'] {
  return { file: basename(path), version };
}

/** Names of files are what people of the topology made of them: only what every system takes is left. */
function fileName(topology: string, table: string): string {
  const stem = basename(topology)
    .replace(/\.[^.]*$/, '')
    .replaceAll(/[^\w.-]/g, '_');
  return `${stem}-${table}.csv`;
}

type Told = Omit<AuditAnswer, 'formatVersion' | 'diagnostics' | 'accepted'>;

function answerOf(whole: AuditReport, folder: TopologyFolder): Told {
  const { subject, taken, ledger, findings, suppressed, kinds, notes } = inFolder(whole, folder);
  return {
    ...{ subject, taken, ledger, notes },
    findings: findings.map((each) => ({ key: keyOf(each), ...each })),
    suppressed: suppressed.map(({ finding, by }) => ({ key: keyOf(finding), ...finding, by })),
    lookedFor: kinds.map(({ standards = [], ...kind }) => ({ ...kind, standards })),
  };
}

/** Places say where in the folder a file lies, not where the folder lies. */
function inFolder(report: AuditReport, folder: TopologyFolder): AuditReport {
  const locus = <T extends Finding['at'][number]>(each: T): T =>
    each.place === null ? each : { ...each, place: { ...each.place, file: folder.nameOf(each.place.file) } };
  const finding = (each: Finding): Finding => ({ ...each, at: each.at.map(locus) });
  return {
    ...report,
    ledger: report.ledger.map((row) => ({ ...row, through: row.through.map(locus) })),
    findings: report.findings.map(finding),
    suppressed: report.suppressed.map((each) => ({ ...each, finding: finding(each.finding) })),
  };
}
