/**
 * Stage: the steps of one host → done, or undone. Runs the batches in order over an open session, all of them sent at once;
 * the host stops after the first that fails.
 */
import { Failure } from '../core/failure.ts';
import { showCommand } from '../flow/command.ts';
import type { Step } from '../flow/plan.ts';
import type { HostSession, Program, ProgramResult } from '../host/connection.ts';
import { failingLine } from './batch.ts';
import type { Batch } from './batch.ts';
import { batchesOf, inverseOf } from './inverse.ts';
import { sweepProgram } from './sweep.ts';

export interface Execution {
  /** How many steps, from the first, took effect whole. */
  readonly done: number;
  /** The last batch that may have taken effect, counted from 1. */
  readonly begun: number;
  readonly failure: { readonly step: Step | undefined; readonly summary: string; readonly detail: string } | null;
}

/** Those of the batches that one exchange is for. */
export interface Portion {
  readonly batches: readonly Batch[];
  readonly from: number;
  readonly to: number;
}

/**
 * Runs all steps, or a portion of their batches, in one exchange. Throws where the session ends.
 * @param wrap what the program of a batch is run as, so that the host knows how far it got.
 */
export async function executeSteps(
  session: HostSession,
  steps: readonly Step[],
  wrap: (program: Program, batch: number) => Program = (program) => program,
  portion?: Portion,
): Promise<Execution> {
  const { batches, from, to } = portion ?? whole(steps);
  const programs = batches.slice(from, to).flatMap((batch, index) => {
    const { sweep, scope, program } = batch;
    const own = sweep === null ? [program] : [program, sweepProgram(scope, sweep.group, sweep.devices)];
    const number = from + index + 1;
    return own.map((each, part) => ({ batch, number, swept: part === 1, program: wrap(each, number) }));
  });
  const results = await session.run(programs.map((each) => each.program));
  const result = results.at(-1);
  const last = programs[results.length - 1];
  if (result === undefined || last === undefined || result.exitCode === 0)
    return { done: batches[to]?.positions[0] ?? steps.length, begun: to, failure: null };
  const { position, detail } = problemOf(last.batch, result, last.swept);
  const step = steps[position];
  const begun = last.batch.atomic ? last.number - 1 : last.number;
  return { done: position, begun, failure: { step, summary: failureSummary(step), detail } };
}

function whole(steps: readonly Step[]): Portion {
  const batches = batchesOf(steps);
  return { batches, from: 0, to: batches.length };
}

function failureSummary(step: Step | undefined): string {
  return step === undefined ? 'A command failed' : `Step ${step.id} failed: ${step.action} ${step.title}`;
}

/**
 * Takes back the first `count` steps over a session, last one first: each command on its own merits, since parts of them may
 * never have happened. Answers with what could not be undone.
 */
export async function undoSteps(
  session: HostSession,
  steps: readonly Step[],
  count: number,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { program } of inverseOf(steps.slice(0, count))) {
    const [result] = await session.run([program]);
    if (result === undefined) throw new Failure('host-unreachable', `${session.host} did not answer`);
    if (result.exitCode !== 0) problems.push(`${program.argv.join(' ')}: ${saidBy(result)}`);
  }
  return problems;
}

interface BatchProblem {
  readonly position: number;
  readonly detail: string;
}

function problemOf(batch: Batch, result: ProgramResult, swept: boolean): BatchProblem {
  const said = saidBy(result);
  const first = batch.positions[0] ?? 0;
  if (swept) return { position: first, detail: said };
  const line = failingLine(batch, said);
  const position = line === undefined ? first : (batch.positionOfLine[line - 1] ?? first);
  const text =
    line === undefined
      ? batch.tool === 'service'
        ? batch.scope
        : batch.program.argv.join(' ')
      : `${batch.tool}: ${batch.program.stdin?.toString().split('\n')[line - 1] ?? ''}`;
  // Of an atomic batch nothing took effect: everything before its first step did.
  return { position: batch.atomic ? first : position, detail: `${text}: ${said}` };
}

function saidBy({ exitCode, stderr }: ProgramResult): string {
  const said = stderr.toString('utf8').trim();
  return said === '' ? `exit code ${String(exitCode)}` : said;
}

/** A step's commands as a person would type them. */
export function commandLines(step: Step): readonly string[] {
  return step.commands.map((command) => showCommand(command).argv.join(' '));
}
