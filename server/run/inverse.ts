/**
 * Stage: the steps of one host → what takes them back: programs that the host can run by itself, without Trunkline, in the
 * order in which they are to run. Each says which batch of the run has to have begun for it to be needed, so that one list
 * serves a run that broke off anywhere.
 *
 * A batch that had begun may have done all of it, some of it or nothing, so every program does no harm where there is nothing
 * to take back: `ip` and `bridge` go on after a line that fails, settings too, and a table that was to go and may never have
 * gone is emptied before it is filled.
 */
import type { Command } from '../flow/command.ts';
import type { Step } from '../flow/plan.ts';
import type { Program } from '../host/connection.ts';
import { batchCommands, forced } from './batch.ts';
import type { Batch } from './batch.ts';
import { sweepProgram } from './sweep.ts';

export interface Undo {
  /** Needed once the batch of this number, counted from 1, has begun. */
  readonly after: number;
  readonly program: Program;
  /** Links that it deletes: what undoing takes its time for. */
  readonly deletes: number;
}

/** Batches of a run, in order: the number of one is its place, counted from 1. */
export function batchesOf(steps: readonly Step[], from = 0): readonly Batch[] {
  return batchCommands(
    steps
      .slice(from)
      .flatMap(({ commands }, index) => commands.map((command) => ({ position: from + index, command }))),
  );
}

export function inverseOf(steps: readonly Step[], batches: readonly Batch[] = batchesOf(steps)): readonly Undo[] {
  const numbers = numbersOf(steps, batches);
  const undo: Undo[] = [];
  let run: { readonly after: number; readonly commands: { position: number; command: Command }[] } | undefined;
  const close = (): void => {
    if (run !== undefined) undo.push(...undoOf(run.after, batchCommands(run.commands)));
    run = undefined;
  };
  for (let position = steps.length - 1; position >= 0; position -= 1) {
    const halfSwept = batches.findIndex(({ sweep, positions }) => sweep !== null && positions.at(-1) === position);
    const swept = batches[halfSwept];
    if (swept?.sweep) {
      close();
      // Links that were gathered and not deleted yet are deleted first: what makes them anew finds their place free.
      const { group, devices } = swept.sweep;
      undo.push({ after: halfSwept + 1, program: sweepProgram(swept.scope, group, devices), deletes: devices.length });
    }
    const step = steps[position];
    const after = numbers[position];
    if (step === undefined || after === undefined || step.undo.length === 0) continue;
    if (run?.after !== after) close();
    run ??= { after, commands: [] };
    run.commands.push(...step.undo.map((command) => ({ position, command: emptiedFirst(step, command) })));
  }
  close();
  return undo;
}

function undoOf(after: number, batches: readonly Batch[]): readonly Undo[] {
  return batches.map(forced).flatMap(({ program, sweep, scope }) => {
    const alone = { after, program, deletes: 0 };
    if (sweep === null) return [alone];
    const { group, devices } = sweep;
    return [alone, { after, program: sweepProgram(scope, group, devices), deletes: devices.length }];
  });
}

/**
 * By step: the batch that its undo belongs to. A step without commands goes with the one that carries it out: the link whose
 * removal takes its addresses along depends on them in the plan, and is the first that does.
 */
function numbersOf(steps: readonly Step[], batches: readonly Batch[]): readonly number[] {
  const numbers = new Map<number, number>();
  batches.forEach(({ positions }, index) => {
    for (const position of positions) if (!numbers.has(position)) numbers.set(position, index + 1);
  });
  const dependents = new Map<string, number[]>();
  steps.forEach((step, position) => {
    for (const id of step.dependsOn) {
      const list = dependents.get(id);
      if (list === undefined) dependents.set(id, [position]);
      else list.push(position);
    }
  });
  const result: number[] = [];
  let next = batches.length;
  // From the last one on: what depends on a step comes after it.
  for (let position = steps.length - 1; position >= 0; position -= 1) {
    const own = numbers.get(position);
    const carried = (dependents.get(steps[position]?.id ?? '') ?? []).flatMap((each) => result[each] ?? []);
    result[position] = own ?? (carried.length > 0 ? Math.min(...carried) : next);
    next = own ?? next;
  }
  return result;
}

/** What is made anew by nft, and may never have gone, would stand there twice. */
function emptiedFirst(step: Step, command: Command): Command {
  if (command.tool !== 'nft' || step.before === null || step.after !== null) return command;
  const tables = [
    ...new Set([...command.input.matchAll(/^table ([a-z]+ [A-Za-z0-9_.-]+) \{$/gm)].map((each) => each[1])),
  ];
  const lines = tables.flatMap((table) => (table === undefined ? [] : [`add table ${table}`, `flush table ${table}`]));
  return { ...command, input: [...lines, command.input].join('\n') };
}
