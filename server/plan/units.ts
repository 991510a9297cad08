import type { Command } from '../flow/command.ts';
import type { Cost, Effect } from '../flow/plan.ts';
import type { Resource } from '../flow/resource.ts';
import type { Kind, RenderContext, Stage } from '../kinds/kind.ts';
import type { Change } from './compare.ts';

/** The smallest thing that is ordered: commands of one tool in one scope, for one stage of one change. */
export interface Unit {
  readonly change: Change;
  readonly first: boolean;
  readonly effect: Effect;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
  readonly cost: Cost;
  readonly commands: readonly Command[];
  readonly undo: readonly Command[];
}

/** The units of a change, in the order they must have among themselves. */
export function unitsOf(change: Change, context: RenderContext): readonly Unit[] {
  const units: Unit[] = [];
  for (const { effect, before, after } of transitions(change)) {
    const { kind } = change;
    const gone = change.implied && after === undefined;
    const runs = gone ? [[]] : runsOfOneTool(kind.commands(before, after, context));
    const undo = spreadUndo(runs, kind.commands(after, before, context));
    for (const [index, commands] of runs.entries()) {
      const cost = kind.cost?.(before, after) ?? 'hitless';
      units.push({ change, first: units.length === 0, effect, before, after, cost, commands, undo: undo[index] ?? [] });
    }
  }
  return units;
}

interface Transition {
  readonly effect: Effect;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
}

/** A replacement is a removal and an addition. */
function transitions({ action, kind, before, after }: Change): readonly Transition[] {
  return action === 'replace'
    ? [...path(kind, before, undefined), ...path(kind, undefined, after)]
    : path(kind, before, after);
}

function path(kind: Kind, before: Resource | undefined, after: Resource | undefined): readonly Transition[] {
  const stages: readonly Stage<Resource>[] = kind.stages?.(before, after) ?? [
    { effect: after === undefined ? 'removes' : 'builds', state: after },
  ];
  let state = before;
  return stages.map((stage) => {
    const transition = { effect: stage.effect, before: state, after: stage.state };
    state = stage.state;
    return transition;
  });
}

/** Commands that follow each other for one tool and scope can share a batch; a stage that needs two tools becomes two units. */
function runsOfOneTool(commands: readonly Command[]): readonly (readonly Command[])[] {
  const runs: Command[][] = [];
  for (const command of commands) {
    const last = runs.at(-1);
    if (last?.[0] !== undefined && batchKey(last[0]) === batchKey(command)) last.push(command);
    else runs.push([command]);
  }
  return runs.length === 0 ? [[]] : runs;
}

export function batchKey(command: Command): string {
  return `${command.tool} ${command.scope}${'family' in command ? ` -${String(command.family)}` : ''}`;
}

/** Each undo command goes with the unit of the same tool, so that undoing half a stage undoes that half. */
function spreadUndo(runs: readonly (readonly Command[])[], undo: readonly Command[]): readonly (readonly Command[])[] {
  const spread: Command[][] = runs.map(() => []);
  for (const command of undo) {
    const index = runs.findLastIndex((run) => run[0] !== undefined && batchKey(run[0]) === batchKey(command));
    spread[Math.max(index, 0)]?.push(command);
  }
  return spread;
}
