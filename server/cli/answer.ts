import type { Command } from 'commander';
import { diagnosticsText } from '../core/diagnostic-text.ts';
import { hasErrors } from '../core/diagnostic.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { Failure, FAILURE_RULES, failureDocument } from '../core/failure.ts';
import type { FailureDocument } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { countingLine } from './counting.ts';

/** Prints what a verb answers, or the failure it throws: one JSON document, or text, and the exit code. */
export const answerWith: AnswerWith =
  (handler) =>
  async (...parameters) => {
    const command = parameters.at(-1) as Command;
    const options = command.optsWithGlobals<{ json?: boolean }>();
    const line = countingLine(process.stderr);
    const context: CliContext = {
      json: options.json === true,
      color: wantsColor(),
      progress: (text) => {
        line.clear();
        process.stderr.write(`${text.split('\n').map(visibleText).join('\n')}\n`);
      },
      ...(process.stderr.isTTY && options.json !== true ? { count: line.count } : {}),
    };
    const answer = await settle(() => handler(context, ...(parameters as never[])));
    line.clear();
    if (context.json) printDocument(answer);
    else printText(answer, context);
    process.exitCode = answer.exitCode;
  };

/** On a terminal, unless told otherwise (no-color.org); what goes to a file or a pipe is plain, in CI too. */
function wantsColor(): boolean {
  if ((process.env['NO_COLOR'] ?? '') !== '') return false;
  return process.stderr.isTTY || (process.env['FORCE_COLOR'] ?? '') !== '';
}

async function settle(handler: () => Promise<Answer>): Promise<Answer> {
  try {
    return await handler();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { document: {}, text: '', failure: failureDocument(error), exitCode: FAILURE_RULES[error.kind].exitCode };
  }
}

function printDocument({ document, diagnostics, failure }: Answer): void {
  const whole = {
    formatVersion: 1,
    ...document,
    diagnostics: diagnostics ?? [],
    ...(failure === undefined ? {} : { failure }),
  };
  process.stdout.write(`${JSON.stringify(whole, null, 2)}\n`);
}

function printText({ text, diagnostics, sources, failure }: Answer, { color }: CliContext): void {
  const texts = new Map(sources?.map((source) => [source.file, source.text]));
  if (diagnostics !== undefined && diagnostics.length > 0)
    process.stderr.write(diagnosticsText(diagnostics, { sourceOf: (file) => texts.get(file), color }));
  if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  if (failure !== undefined) process.stderr.write(failureText(failure));
}

function failureText({ summary, detail, inPlace, undone, toDo }: FailureDocument): string {
  const list = (title: string, items: readonly string[]): readonly string[] =>
    items.length === 0 ? [] : [title, ...items.map((each) => `  - ${each}`)];
  const lines = [
    `trunkline: ${summary}`,
    ...(detail === null ? [] : detail.split('\n').map((line) => `  ${line}`)),
    ...list('In place:', inPlace),
    ...list('Undone:', undone),
    ...list('To do:', toDo),
  ];
  return `${lines.map(visibleText).join('\n')}\n`;
}

/** The exit code that diagnostics alone lead to. */
export function codeFor(diagnostics: readonly Diagnostic[]): 0 | 3 {
  return hasErrors(diagnostics) ? 3 : 0;
}
