/**
 * Stage: desired state and host view → the plan of one host. Pure: it asks nothing of the host and runs nothing.
 */
import { createHash } from 'node:crypto';
import type { HostView } from '../flow/hostview.ts';
import type { HostPlan, Step } from '../flow/plan.ts';
import type { DesiredState, Resource, ResourceId } from '../flow/resource.ts';
import type { Kind } from '../kinds/kind.ts';
import { compareHost, observedText } from './compare.ts';
import type { Change } from './compare.ts';
import { orderUnits } from './order.ts';
import { cutsOfOwnPath } from './own-path.ts';
import type { OrderedUnit } from './order.ts';
import { unitsOf } from './units.ts';

const FIRST_DOOMED_GROUP = 29_810;

/** The fingerprint of a host where nothing is ours. */
export const NOTHING_OBSERVED = fingerprintOf(new Map());

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
    fingerprint: fingerprintOf(comparison.observed),
    steps: [...steps, ...cutSteps(host, changes, steps, view)],
    obstacles: comparison.obstacles,
    cuts: cutsOfOwnPath(steps, view, kinds),
    unchanged: comparison.unchanged,
  };
}

/** Whether a plan would have no steps: for looking at what was done, which asks no more than that. */
export function isAsWanted(
  { topology, host, resources }: DesiredState,
  view: HostView,
  kinds: readonly Kind[],
): boolean {
  return compareHost({ topology, host, desired: resources, view, kinds }).changes.length === 0;
}

function fingerprintOf(observed: ReadonlyMap<ResourceId, Resource>): string {
  return createHash('sha256').update(observedText(observed)).digest('hex');
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

/** One a scope in which something that judges packets changes so that less may pass, or goes elsewhere. */
function cutSteps(host: string, changes: readonly Change[], steps: readonly Step[], view: HostView): readonly Step[] {
  const stopping = changes.filter(({ kind, before, after, implied }) => {
    if (kind.packetRules === undefined || before === undefined) return false;
    const stays = view.scopes.has(before.scope) && !(implied && after === undefined);
    return stays && (kind.mayStop?.(before, after) ?? false);
  });
  return [...Map.groupBy(stopping, ({ before }) => before?.scope ?? '')].map(([scope, own], index): Step => {
    const ids = own.map((each) => each.id);
    return {
      id: stepId(host, steps.length + index),
      action: 'change',
      first: false,
      effect: 'removes',
      kind: own[0]?.kind.name ?? '',
      resource: ids[0] ?? '',
      title: `established flows ${scope === '' ? 'through the host' : `in ${scope}`}`,
      before: null,
      after: null,
      reason: `cuts those that ${own.map(titleOf).join(' and ')} no longer covers; undoing does not bring them back`,
      cost: 'reconnect',
      fields: [],
      commands: [],
      undo: [],
      dependsOn: steps.filter(({ resource }) => ids.includes(resource)).map(({ id }) => id),
      cutsFlowsIn: scope,
    };
  });
}

function stepId(host: string, index: number): string {
  return `${host}/${String(index + 1)}`;
}

function titleOf(change: Change): string {
  const state = change.after ?? change.before;
  const title = state === undefined ? change.id : change.kind.describe(state);
  return change.adopts === true ? `adopt ${title}` : title;
}
