/** `audit FILE` on a server: of the hosts as it finds them, or, with `--planned`, as the file wants them. */
import type { AuditAnswer } from '../../api/schema/audit.ts';
import type { AuditReport } from '../../audit/report.ts';
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
  requireNone('--host', host, 'It looks at all hosts of a topology.');
  return onRightFile(there, file, async (name) => {
    const params = { name };
    const told =
      planned === true
        ? await there.call('GET /api/topologies/:name/audit', { params })
        : await there.call('POST /api/topologies/:name/audit', { params, body: { lab: lab === true } });
    return { ...(await show(reportOf(told))), diagnostics: shown(told.diagnostics) };
  });
}

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
