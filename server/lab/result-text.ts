import { visibleText } from '../core/visible-text.ts';
import type { LabTestResult, ProbeResult } from './result.ts';

/** More than these are summed up by expectation. */
const ROWS_SHOWN = 200;

/** The table of `lab test`: what failed comes first, each with why; then everything, aligned. */
export function labTestText({ topology, faults, results, passed, failed }: LabTestResult): string {
  const bad = results.filter((result) => !result.passed);
  const explained = bad
    .slice(0, ROWS_SHOWN)
    .flatMap((result) => [
      `FAIL  ${result.expectation}`,
      `      ${result.from} -> ${result.to}${lostText(result)}: wanted ${result.want}, got ${result.got}${result.note === undefined ? '' : `: ${result.note}`}`,
    ]);
  const rows = results.length <= ROWS_SHOWN ? results.map(resultRow) : expectationRows(results);
  const all = [['', 'from', 'to', 'want', 'got', 'answered by', 'source seen'], ...rows];
  const total = `${topology}: ${String(passed)} passed, ${String(failed)} failed.`;
  const broken = faults.map(({ target, how }) => `Broken meanwhile: ${target} (${how})`);
  return [
    ...broken,
    ...(broken.length > 0 ? [''] : []),
    ...explained,
    ...(bad.length > 0 ? [''] : []),
    ...aligned(all),
    '',
    total,
  ]
    .map(visibleText)
    .join('\n');
}

function lostText({ without }: ProbeResult): string {
  return without === undefined ? '' : ` without ${without}`;
}

function resultRow(result: ProbeResult): readonly string[] {
  const { passed, from, to, want, got, answeredBy, sourceSeen } = result;
  return [passed ? 'pass' : 'FAIL', from, `${to}${lostText(result)}`, want, got, answeredBy ?? '-', sourceSeen ?? '-'];
}

function expectationRows(results: readonly ProbeResult[]): readonly (readonly string[])[] {
  const texts = [...new Set(results.map((result) => result.expectation))];
  return texts.map((text) => {
    const mine = results.filter((result) => result.expectation === text);
    const good = mine.filter((result) => result.passed).length;
    const first = mine.find((result) => !result.passed) ?? mine[0];
    return [
      good === mine.length ? 'pass' : 'FAIL',
      text,
      `${String(good)} of ${String(mine.length)}`,
      first?.want ?? '',
      first?.got ?? '',
      first?.answeredBy ?? '-',
      '',
    ];
  });
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
