/** `audit FILE --planned` on a server. */
import type { AuditAnswer } from '../../api/schema/audit.ts';
import type { AuditReport } from '../../audit/report.ts';
import { Failure } from '../../core/failure.ts';
import type { AuditOptions, ShowReport } from '../verb-options.ts';
import type { Answer } from '../context.ts';
import { onRightFile, requireNone, shown } from './right-file.ts';
import type { There } from './server.ts';

export function auditThere(
  there: There,
  file: string | undefined,
  options: AuditOptions,
  show: ShowReport,
): Promise<Answer> {
  const { set, snapshot, against, accepted, host, lab, planned } = options;
  requireNone('--set', set);
  requireNone('--snapshot', snapshot, 'A snapshot lies on this machine, and is audited here: leave the server out.');
  requireNone('--against', against, 'A snapshot lies on this machine, and is compared here: leave the server out.');
  requireNone(
    '--accepted',
    accepted,
    'What is accepted lies beside the topology on the server, and is taken from there.',
  );
  requireNone('--host', host, ASKS_NO_HOST);
  requireNone('--lab', lab, ASKS_NO_HOST);
  if (planned !== true)
    throw new Failure('usage', 'A server audits topologies as their files want the hosts', {
      detail: ASKS_NO_HOST,
      toDo: ['Say --planned, or audit the hosts from a machine that reaches them, without a server.'],
    });
  return onRightFile(there, file, async (name) => {
    const told = await there.call('GET /api/topologies/:name/audit', { params: { name } });
    return { ...(await show(reportOf(told))), diagnostics: shown(told.diagnostics) };
  });
}

const ASKS_NO_HOST = 'It asks no host for an audit: that would need the whole state of each.';

/** The report that the answer was made from; what is found is looked for by a version that may know more. */
function reportOf({ subject, taken, ledger, findings, suppressed, lookedFor, notes }: AuditAnswer): AuditReport {
  const withoutKey = <T extends { readonly key: string }>({ key: _key, ...finding }: T): Omit<T, 'key'> => finding;
  return {
    ...{ subject, taken, ledger, notes },
    findings: findings.map(withoutKey),
    suppressed: suppressed.map(({ by, ...finding }) => ({ finding: withoutKey(finding), by })),
    kinds: lookedFor,
  } as AuditReport;
}
