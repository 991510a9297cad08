/** An audit as text for a terminal. */
import { visibleText } from '../../core/visible-text.ts';
import type { Finding } from '../finding.ts';
import type { AuditReport } from '../report.ts';
import { countsText, LEDGER_COLUMNS, locusText, witnessText } from './words.ts';

export function tableOf({ subject, findings, suppressed, ledger, notes }: AuditReport): string {
  const accepted = suppressed.length === 0 ? '' : `, ${String(suppressed.length)} accepted`;
  return [
    ...(ledger.length === 0 ? ['No port mappings.'] : ['Port mappings', ...indented(ledgerLines(ledger))]),
    '',
    ...findings.flatMap(findingLines),
    ...notes.map((note) => `note: ${visibleText(note)}`),
    `${visibleText(subject)}: ${countsText(findings)}${accepted}.`,
    '',
  ].join('\n');
}

function ledgerLines(ledger: AuditReport['ledger']): readonly string[] {
  return aligned([
    LEDGER_COLUMNS.map(({ title }) => title),
    ...ledger.map((row) => LEDGER_COLUMNS.map(({ cell }) => visibleText(cell(row)))),
  ]);
}

function findingLines({ id, severity, summary, detail, at, witness }: Finding): readonly string[] {
  return [
    `${id} ${severity}: ${visibleText(summary)}`,
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
