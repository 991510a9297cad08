/**
 * An audit for a spreadsheet (RFC 4180): the ledger, or with `findings` the findings. A cell that a spreadsheet would take for a
 * formula gets an apostrophe before it: names come from hosts that are not ours.
 */
import { stringify } from 'csv-stringify/sync';
import { visibleText } from '../../core/visible-text.ts';
import { stateOf } from '../baseline.ts';
import type { Finding } from '../finding.ts';
import { keyOf } from '../finding.ts';
import type { AuditReport } from '../report.ts';
import type { Column } from './words.ts';
import { LEDGER_COLUMNS, locusText, witnessText } from './words.ts';

export function csvOf({ ledger }: AuditReport): string {
  return written(LEDGER_COLUMNS, ledger);
}

export function findingsCsvOf(report: AuditReport): string {
  const { findings, baseline } = report;
  if (baseline === undefined) return written(FINDING_COLUMNS, findings);
  const since: Column<Finding> = {
    title: 'since',
    cell: (each) => (baseline.absent.includes(each) ? 'absent' : (stateOf(report, each) ?? '')),
  };
  return written([...FINDING_COLUMNS, since], [...findings, ...baseline.absent]);
}

const FINDING_COLUMNS: readonly Column<Finding>[] = [
  { title: 'id', cell: ({ id }) => id },
  { title: 'severity', cell: ({ severity }) => severity },
  { title: 'finding', cell: ({ summary }) => summary },
  { title: 'detail', cell: ({ detail }) => detail },
  { title: 'at', cell: ({ at }) => at.map(locusText).join('; ') },
  { title: 'for example', cell: ({ witness }) => (witness === null ? '' : witnessText(witness)) },
  { title: 'key', cell: keyOf },
];

function written<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map(({ cell }) => visibleText(cell(row))));
  return stringify([columns.map(({ title }) => title), ...cells], {
    escape_formulas: true,
    record_delimiter: 'windows',
  });
}
