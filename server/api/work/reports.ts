/** What `check` and `reach` of the command line say, as answers of the API. */
import type { Diagnostic } from '../../core/diagnostic.ts';
import { Failure } from '../../core/failure.ts';
import type { Model } from '../../flow/model.ts';
import type { SourceText } from '../../model/compile-file.ts';
import { ask, parseAsked, questionPlan } from '../../run/ask.ts';
import { askMany, manyPlan, parseTarget } from '../../run/questions.ts';
import { flowReport } from '../../run/reports/flow.ts';
import { manyAnswer } from '../../run/reports/reach-many.ts';
import type { Report as ReportValue } from '../../run/reports/report.ts';
import { wantedWorld } from '../../run/worlds.ts';
import type { Report } from '../schema/reports.ts';
import { requireHosts } from './packets.ts';

export interface FlowsAsked {
  readonly from: string | null;
  readonly to: string | null;
  readonly many: boolean;
  readonly without: readonly string[];
}

/** Throws `usage` where an end or a host is not known, or none is said. */
export function flowsReport(model: Model, { from, to, many, without }: FlowsAsked): ReportValue {
  requireHosts(model, without);
  const circumstances = { state: 'file', without } as const;
  if (many && (from !== null || to !== null)) {
    const asked = { from, to: to === null ? null : parseTarget(to) };
    const world = wantedWorld(model, { plan: manyPlan(model), without });
    return manyAnswer(model, asked, askMany(model, world, asked), circumstances);
  }
  if (from === null || to === null) throw new Failure('usage', 'It takes two ends');
  const plan = questionPlan(model, parseAsked(from, to));
  return flowReport(model, { from, to }, ask(wantedWorld(model, { plan, without }), plan), circumstances);
}

/** @param sources by the names that the diagnostics have for them */
export function reportAnswer(
  { document, text, exitCode, ...report }: ReportValue,
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
): Report {
  const told = report.diagnostics ?? diagnostics;
  const places = told.flatMap((each) => [each, ...each.related]);
  return {
    ...{ formatVersion: 1, diagnostics: told, report: document, text, exitCode },
    sources: sources.flatMap(({ file, text: whole }) => {
      const lines = new Set(places.filter((place) => place.file === file).map(({ line }) => line));
      return lines.size === 0 ? [] : [{ file, text: linesOnly(whole, lines) }];
    }),
  };
}

/** What is shown beside a diagnostic, and nothing else of the file. */
function linesOnly(text: string, lines: ReadonlySet<number>): string {
  return text
    .split('\n')
    .slice(0, Math.max(...lines))
    .map((line, index) => (lines.has(index + 1) ? line : ''))
    .join('\n');
}
