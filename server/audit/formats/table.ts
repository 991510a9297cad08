/** An audit as text for a terminal. */
import { visibleText } from '../../core/visible-text.ts';
import type { Baseline, BaselineState } from '../baseline.ts';
import { stateOf } from '../baseline.ts';
import type { Finding } from '../finding.ts';
import type { AuditReport } from '../report.ts';
import { comparedText, countsText, LEDGER_COLUMNS, locusText, witnessText } from './words.ts';

export function tableOf(report: AuditReport): string {
  const { subject, findings, suppressed, ledger, notes, baseline } = report;
  const accepted = suppressed.length === 0 ? '' : `, ${String(suppressed.length)} accepted`;
  return [
    ...(ledger.length === 0 ? ['No port mappings.'] : ['Port mappings', ...indented(ledgerLines(ledger))]),
    '',
    ...findings.flatMap((each) => findingLines(each, stateOf(report, each))),
    ...(baseline === undefined ? [] : absentLines(baseline)),
    ...notes.map((note) => `note: ${visibleText(note)}`),
    `${visibleText(subject)}: ${countsText(findings)}${accepted}${comparedText(report)}.`,
    '',
  ].join('\n');
}

function ledgerLines(ledger: AuditReport['ledger']): readonly string[] {
  return aligned([
    LEDGER_COLUMNS.map(({ title }) => title),
    ...ledger.map((row) => LEDGER_COLUMNS.map(({ cell }) => visibleText(cell(row)))),
  ]);
}

function findingLines(
  { id, severity, summary, detail, at, witness }: Finding,
  state: BaselineState | null,
): readonly string[] {
  return [
    `${id} ${severity}${state === 'new' ? ', new' : ''}: ${visibleText(summary)}`,
    ...indented([
      ...detail
        .split('\n')
        .filter((line) => line !== '')
        .map(visibleText),
      ...at.map((each) => `at ${locusText(each)}${each.text === null ? '' : `  ${visibleText(each.text)}`}`),
      ...(witness === null ? [] : [`for example ${witnessText(witness)}`]),
    ]),
    '',
  ];
}

function absentLines({ subject, absent }: Baseline): readonly string[] {
  if (absent.length === 0) return [];
  const lines = absent.map(({ id, severity, summary }) => `${id} ${severity}: ${visibleText(summary)}`);
  return [`Found in ${visibleText(subject)}, and not any more`, ...indented(lines), ''];
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
