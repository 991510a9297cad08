/**
 * Stage: desired state and host view → the plan of one host. Pure: it asks nothing of the host and runs nothing.
 */
import { createHash } from 'node:crypto';
import type { HostView } from '../flow/hostview.ts';
import type { HostPlan, Step } from '../flow/plan.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { Kind } from '../kinds/kind.ts';
import { compareHost, observedText } from './compare.ts';
import type { Change } from './compare.ts';
import { orderUnits } from './order.ts';
import { cutsOfOwnPath } from './own-path.ts';
import type { OrderedUnit } from './order.ts';
import { unitsOf } from './units.ts';

const FIRST_DOOMED_GROUP = 29_810;

export function planHost(desired: DesiredState, view: HostView, kinds: readonly Kind[]): HostPlan {
  const { topology, host, resources } = desired;
  const comparison = compareHost({ topology, host, desired: resources, view, kinds });
  const context = { topology, doomedGroup: freeGroup(view) };
  const rank = new Map(kinds.map((each, index) => [each.name, index]));
  const changes = [...comparison.changes].sort(
    (a, b) => (rank.get(a.kind.name) ?? 0) - (rank.get(b.kind.name) ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
  const ordered = orderUnits(changes.map((change) => ({ change, units: unitsOf(change, context) })));
  const steps = ordered.map((each, index) => stepOf(host, each, index));
  return {
    host,
    desired: [...resources.values()],
    fingerprint: createHash('sha256').update(observedText(comparison.observed)).digest('hex'),
    steps,
    obstacles: comparison.obstacles,
    cuts: cutsOfOwnPath(steps, view, kinds),
    unchanged: comparison.unchanged,
  };
}

/** A link group that no link is in: the mark of what this run removes. */
function freeGroup(view: HostView): number {
  const used = new Set(
    [...view.scopes.values()].flatMap((scope) => [...scope.links.values()].map((link) => link.group)),
  );
  let group = FIRST_DOOMED_GROUP;
  while (used.has(group)) group += 1;
  return group;
}

function stepOf(host: string, { unit, dependsOn }: OrderedUnit, index: number): Step {
  const { change, effect, first, before, after, cost, commands, undo } = unit;
  return {
    id: stepId(host, index),
    action: change.action,
    first,
    effect,
    kind: change.kind.name,
    resource: change.id,
    title: titleOf(change),
    before: before ?? null,
    after: after ?? null,
    reason: change.reason,
    cost,
    fields: change.fields,
    commands,
    undo,
    dependsOn: dependsOn.map((each) => stepId(host, each)),
  };
}

function stepId(host: string, index: number): string {
  return `${host}/${String(index + 1)}`;
}

function titleOf(change: Change): string {
  const state = change.after ?? change.before;
  return state === undefined ? change.id : change.kind.describe(state);
}
