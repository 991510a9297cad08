/**
 * Stage: units → their order. It goes by what kinds declare (references, slots, effects) and by nothing else.
 *
 * Edges, each with its reason:
 *   a stage after the one before it;
 *   a resource after what it refers to, where that is made in this run;
 *   the removal of a resource after whatever referred to it was removed, or changed so that it no longer does;
 *   a resource after the change of what it refers to, and its removal before that change, where it needs that
 *   `settled`, or `leavesFirst`;
 *   the removal that gives up a slot (a name, a VNI) before the addition that takes it.
 * Among what is free to go, by effect:
 *   1. `closes`: a filter stands before a wire opens;
 *   2. removals that others wait for;
 *   3. `builds`;
 *   4. `opens`: bridges last, when all their ports stand (a bridge that is up while ports join floods every port with each
 *      newcomer's neighbour discovery: 20 s instead of 2 s for 1,000 ports);
 *   5. `removes`: old paths go when the new ones stand.
 * Within that, units of one tool and scope together: the number of batches does not grow with the number of resources.
 */
import type { Effect } from '../flow/plan.ts';
import type { ResourceId } from '../flow/resource.ts';
import type { Change } from './compare.ts';
import { batchKey } from './units.ts';
import type { Unit } from './units.ts';

export interface OrderedUnit {
  readonly unit: Unit;
  /** Positions in the order of what must come before. */
  readonly dependsOn: readonly number[];
}

const PHASE: Readonly<Record<Effect, number>> = { closes: 0, builds: 2, opens: 3, removes: 4 };
const PHASE_MAKES_ROOM = 1;

/** @param changes with their units, in a fixed order that decides between equals. */
export function orderUnits(
  changes: readonly { readonly change: Change; readonly units: readonly Unit[] }[],
): readonly OrderedUnit[] {
  const units = changes.flatMap((each) => each.units);
  const numberOf = new Map(units.map((unit, index) => [unit, index]));
  const number = (unit: Unit | undefined): number | undefined => (unit === undefined ? undefined : numberOf.get(unit));
  const before = units.map(() => new Set<number>());
  const edge = (from: number | undefined, to: number | undefined): void => {
    if (from !== undefined && to !== undefined && from !== to) before[to]?.add(from);
  };

  const made = new Map<ResourceId, number>();
  const gone = new Map<ResourceId, number>();
  const settledAt = new Map<ResourceId, { readonly first: number | undefined; readonly last: number | undefined }>();
  const slotGiven = new Map<string, number>();
  for (const { change, units: own } of changes) {
    for (const [index, unit] of own.entries()) edge(number(own[index - 1]), number(unit));
    const making = number(own.find((unit) => unit.before === undefined && unit.after !== undefined));
    const removing = number(own.findLast((unit) => unit.before !== undefined && unit.after === undefined));
    if (making !== undefined) made.set(change.id, making);
    if (change.action === 'change') settledAt.set(change.id, { first: number(own[0]), last: number(own.at(-1)) });
    if (removing !== undefined) {
      gone.set(change.id, removing);
      for (const slot of slots(change, change.before)) slotGiven.set(slot, removing);
    }
  }
  for (const { change, units: own } of changes) {
    const firstBuilding = number(own.find((unit) => unit.after !== undefined));
    const lastLeaving =
      number(own.findLast((unit) => unit.before !== undefined && unit.after === undefined)) ?? number(own[0]);
    if (change.after !== undefined) {
      for (const { to, settled } of change.kind.refers(change.after)) {
        edge(made.get(to) ?? (settled === true ? settledAt.get(to)?.last : undefined), firstBuilding);
      }
      for (const slot of slots(change, change.after)) edge(slotGiven.get(slot), made.get(change.id));
    }
    if (change.before !== undefined) {
      const kept = new Set(
        change.action === 'change' && change.after !== undefined
          ? change.kind.refers(change.after).map((each) => each.to)
          : [],
      );
      for (const { to, settled, leavesFirst } of change.kind.refers(change.before)) {
        const first = settled === true || leavesFirst === true ? settledAt.get(to)?.first : undefined;
        if (!kept.has(to)) edge(lastLeaving, gone.get(to) ?? first);
      }
    }
  }
  return sortByPhase(units, before);
}

function slots(change: Change, state: Change['before']): readonly string[] {
  return state === undefined ? [] : (change.kind.slots?.(state) ?? []);
}

function sortByPhase(units: readonly Unit[], before: readonly ReadonlySet<number>[]): readonly OrderedUnit[] {
  const phases = phasesOf(units, before);
  const after = units.map<number[]>(() => []);
  const waiting = before.map((each) => each.size);
  for (const [index, each] of before.entries()) for (const from of each) after[from]?.push(index);

  const ready = new Map<number, Map<string, number[]>>();
  const makeReady = (index: number): void => {
    const phase = phases[index] ?? 0;
    const key = keyOf(units[index]);
    const groups = ready.get(phase) ?? new Map<string, number[]>();
    ready.set(phase, groups);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  };
  waiting.forEach((count, index) => {
    if (count === 0) makeReady(index);
  });

  const order: number[] = [];
  let lastKey = '';
  for (;;) {
    const phase = Math.min(...[...ready.keys()]);
    const groups = ready.get(phase);
    if (groups === undefined) break;
    const key = groups.has(lastKey) ? lastKey : firstKey(groups);
    const group = (groups.get(key) ?? []).sort((a, b) => a - b);
    groups.delete(key);
    if (groups.size === 0) ready.delete(phase);
    lastKey = key;
    for (const index of group) {
      order.push(index);
      for (const next of after[index] ?? []) {
        waiting[next] = (waiting[next] ?? 1) - 1;
        if (waiting[next] === 0) makeReady(next);
      }
    }
  }
  if (order.length !== units.length)
    throw new Error(`the order of ${String(units.length - order.length)} units is circular`);

  const position = new Map(order.map((index, at) => [index, at]));
  return order.map((index) => {
    const unit = units[index];
    if (unit === undefined) throw new Error('a unit was lost while ordering');
    const dependsOn = [...(before[index] ?? [])].map((from) => position.get(from) ?? 0).sort((a, b) => a - b);
    return { unit, dependsOn };
  });
}

/** A unit without commands joins whatever runs. */
function keyOf(unit: Unit | undefined): string {
  const command = unit?.commands[0];
  return command === undefined ? '' : batchKey(command);
}

function firstKey(groups: ReadonlyMap<string, readonly number[]>): string {
  let best: { readonly key: string; readonly least: number } | undefined;
  for (const [key, group] of groups) {
    const least = Math.min(...group.slice(0, 1));
    if (best === undefined || least < best.least) best = { key, least };
  }
  return best?.key ?? '';
}

/** A removal that something else waits for makes room, and goes early, with all that it waits for itself. */
function phasesOf(units: readonly Unit[], before: readonly ReadonlySet<number>[]): readonly number[] {
  const phases = units.map((unit) => PHASE[unit.effect]);
  const early: number[] = [];
  units.forEach((unit, index) => {
    if (unit.effect === 'removes') return;
    for (const from of before[index] ?? []) if (units[from]?.effect === 'removes') early.push(from);
  });
  for (let index = early.pop(); index !== undefined; index = early.pop()) {
    if (phases[index] === PHASE_MAKES_ROOM) continue;
    phases[index] = PHASE_MAKES_ROOM;
    for (const from of before[index] ?? []) if (units[from]?.effect === 'removes') early.push(from);
  }
  return phases;
}
