/** An audit for a pull request: GitHub-flavoured Markdown in which nothing that comes from a host or a file is markup. */
import { visibleText } from '../../core/visible-text.ts';
import type { BaselineState } from '../baseline.ts';
import { stateOf } from '../baseline.ts';
import type { Finding } from '../finding.ts';
import type { AuditReport } from '../report.ts';
import { comparedText, countsText, LEDGER_COLUMNS, locusText, witnessText } from './words.ts';

export function markdownOf(report: AuditReport): string {
  const { subject, findings, suppressed, ledger, notes, baseline } = report;
  return [
    `## Audit of ${plain(subject)}`,
    '',
    `${countsText(findings)}${suppressed.length === 0 ? '' : `, ${String(suppressed.length)} accepted`}${plain(comparedText(report))}.`,
    '',
    ...(findings.length === 0
      ? []
      : [
          ...table(
            FINDING_TITLES,
            findings.map((each) => findingCells(each, stateOf(report, each))),
          ),
          '',
        ]),
    ...((baseline?.absent.length ?? 0) === 0
      ? []
      : details(
          'Not there any more',
          (baseline?.absent ?? []).map(({ id, severity, summary }) => `- ${severity} ${id}: ${plain(summary)}`),
        )),
    ...(ledger.length === 0
      ? []
      : details('Port mappings', [
          ...table(
            LEDGER_COLUMNS.map(({ title }) => title),
            ledger.map((row) => LEDGER_COLUMNS.map(({ cell }) => plain(cell(row)))),
          ),
        ])),
    ...(suppressed.length === 0
      ? []
      : details(
          'Accepted',
          suppressed.map(
            ({ finding, by }) => `- ${finding.id} ${plain(finding.summary)}: ${plain(by.reason)} (until ${by.until})`,
          ),
        )),
    ...notes.map((note) => `> ${plain(note)}\n`),
  ].join('\n');
}

const FINDING_TITLES = ['', 'finding', 'where', 'for example'];

function findingCells({ id, severity, summary, at, witness }: Finding, state: BaselineState | null): readonly string[] {
  return [
    `**${severity}**${state === 'new' ? ' new' : ''}`,
    `${id}: ${plain(summary)}`,
    at.map((each) => plain(locusText(each))).join('<br>'),
    witness === null ? '' : plain(witnessText(witness)),
  ];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)];
}

function details(title: string, lines: readonly string[]): readonly string[] {
  return [`<details><summary>${title}</summary>`, '', ...lines, '', '</details>', ''];
}

/** Letters, digits and harmless signs stay; whatever could be markup, a mention, a link or the end of a cell becomes an entity. */
function plain(text: string): string {
  return visibleText(text).replace(/[^\p{L}\p{N} .,;/()-]/gu, (sign) => `&#${String(sign.codePointAt(0) ?? 0)};`);
}
