/**
 * Stage: the steps of one host → done, or undone. Runs the batches in order over an open session. When one fails, what was
 * done is taken back in reverse; whether that worked is for the caller to see, by observing again.
 */
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import { showCommand } from '../flow/command.ts';
import type { Step } from '../flow/plan.ts';
import type { HostSession, ProgramResult } from '../host/connection.ts';
import { batchCommands, failingLine } from './batch.ts';
import type { Batch } from './batch.ts';

export interface Execution {
  /** How many steps, from the first, took effect whole. */
  readonly done: number;
  readonly failure: { readonly step: Step | undefined; readonly summary: string; readonly detail: string } | null;
}

export async function executeSteps(session: HostSession, steps: readonly Step[]): Promise<Execution> {
  const commands = steps.flatMap((step, position) => step.commands.map((command) => ({ position, command })));
  for (const batch of batchCommands(commands)) {
    const problem = await runBatch(session, batch);
    if (problem === undefined) continue;
    const step = steps[problem.position];
    return { done: problem.position, failure: { step, summary: failureSummary(step), detail: problem.detail } };
  }
  return { done: steps.length, failure: null };
}

function failureSummary(step: Step | undefined): string {
  return step === undefined ? 'A command failed' : `Step ${step.id} failed: ${step.action} ${step.title}`;
}

/**
 * Takes back the first `count` steps, last one first, and with them the one that failed half way: each command on its own
 * merits, since parts of that step may never have happened.
 */
export async function undoSteps(
  session: HostSession,
  steps: readonly Step[],
  count: number,
): Promise<readonly string[]> {
  const commands = steps
    .slice(0, count)
    .flatMap((step, position) => step.undo.map((command) => ({ position, command })))
    .sort((a, b) => b.position - a.position);
  const problems: string[] = [];
  for (const batch of batchCommands(commands)) {
    const problem = await runBatch(session, forced(batch));
    if (problem !== undefined) problems.push(problem.detail);
  }
  return problems;
}

/** `-force` goes on after a line that fails; nft stays all or nothing. */
function forced(batch: Batch): Batch {
  if (batch.tool !== 'ip' && batch.tool !== 'bridge') return batch;
  const [tool, ...rest] = batch.program.argv;
  return { ...batch, program: { ...batch.program, argv: [tool ?? batch.tool, '-force', ...rest] } };
}

interface BatchProblem {
  readonly position: number;
  readonly detail: string;
}

async function runBatch(session: HostSession, batch: Batch): Promise<BatchProblem | undefined> {
  const [result] = await session.run([batch.program]);
  if (result === undefined) throw new Failure('host-unreachable', `${session.host} did not answer`);
  const problem = problemOf(batch, result);
  const swept = batch.sweep === null ? undefined : await sweepGroup(session, batch);
  return problem ?? swept;
}

function problemOf(batch: Batch, result: ProgramResult): BatchProblem | undefined {
  if (result.exitCode === 0) return undefined;
  const stderr = result.stderr.toString('utf8').trim();
  const line = failingLine(batch, stderr);
  const first = batch.positions[0] ?? 0;
  const position = line === undefined ? first : (batch.positionOfLine[line - 1] ?? first);
  const said = stderr === '' ? `exit code ${String(result.exitCode)}` : stderr;
  const text =
    line === undefined
      ? batch.program.argv.join(' ')
      : `${batch.tool}: ${batch.program.stdin?.toString().split('\n')[line - 1] ?? ''}`;
  // Of an atomic batch nothing took effect: everything before its first step did.
  return { position: batch.atomic ? first : position, detail: `${text}: ${said}` };
}

const GroupListing = z.array(z.object({ ifname: z.string().optional() }));

/** Deletes the links that the batch gathered, if the group holds exactly these. */
async function sweepGroup(session: HostSession, batch: Batch): Promise<BatchProblem | undefined> {
  const { sweep, scope } = batch;
  const position = batch.positions[0] ?? 0;
  if (sweep === null) return undefined;
  const at = scope === '' ? [] : ['-n', scope];
  const [listed] = await session.run([{ argv: ['ip', ...at, '-j', 'link', 'show', 'group', String(sweep.group)] }]);
  if (listed?.exitCode !== 0) return { position, detail: `link group ${String(sweep.group)} could not be read` };
  const text = listed.stdout.toString('utf8').trim();
  const found = GroupListing.parse(text === '' ? [] : JSON.parse(text)).flatMap((each) => each.ifname ?? []);
  const doomed = new Set(sweep.devices);
  const strangers = found.filter((name) => !doomed.has(name));
  if (strangers.length > 0) {
    return {
      position,
      detail: `link group ${String(sweep.group)} holds links that are not part of this run (${strangers.join(', ')}): nothing in it was deleted`,
    };
  }
  if (found.length === 0) return undefined;
  const [deleted] = await session.run([{ argv: ['ip', ...at, 'link', 'delete', 'group', String(sweep.group)] }]);
  if (deleted?.exitCode === 0) return undefined;
  return {
    position,
    detail: `deleting link group ${String(sweep.group)}: ${deleted?.stderr.toString('utf8').trim() ?? 'no answer'}`,
  };
}

/** A step's commands as a person would type them. */
export function commandLines(step: Step): readonly string[] {
  return step.commands.map((command) => showCommand(command).argv.join(' '));
}
