/**
 * Stage: what a host keeps, what a file wants, and the host as it is → what changed since, told apart: on the host, and in the
 * file. Writes nothing.
 *
 * What the host should be like is what was kept there last. Where nothing is kept, or a run waits there that has changed it
 * since, that is what the file wants.
 */
import { Failure } from '../core/failure.ts';
import type { HostView } from '../flow/hostview.ts';
import type { HostPlan } from '../flow/plan.ts';
import type { DesiredState, Resource, ResourceId } from '../flow/resource.ts';
import type { HostSession } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { fieldDifferences } from '../plan/compare.ts';
import { driftOf } from '../plan/document.ts';
import { planHost } from '../plan/host.ts';
import type { RunContext } from './context.ts';
import { openRun, undoneInPart } from './journal.ts';
import type { OpenRun, UndoneInPart } from './journal.ts';
import { keptStates } from './kept.ts';
import type { KeptState } from './kept.ts';
import { observeFor } from './observe.ts';

export interface HostStatus {
  readonly host: string;
  /** A run that is not over there. */
  readonly run: OpenRun | null;
  /** The run that was kept there last, which `drift` is compared with; `null`: it is compared with the file. */
  readonly kept: Pick<KeptState, 'run' | 'who' | 'at'> | null;
  readonly unchanged: number;
  /** What of ours is not as it was left. */
  readonly drift: readonly HostDrift[];
  /** What is not ours and stands in the way. */
  readonly foreign: readonly { readonly resource: ResourceId; readonly detail: string }[];
  /** What the file wants otherwise than it was kept. */
  readonly fileChanges: readonly FileChange[];
  readonly undoneInPart: readonly UndoneInPart[];
  /** Members of gateways that take over from each other there. */
  readonly members: readonly MemberRole[];
  readonly notes: readonly string[];
}

/** `present`: whether it is there at all. */
export interface HostDrift {
  readonly resource: ResourceId;
  readonly field: string;
  readonly expected: unknown;
  readonly found: unknown;
  /** Who has it now, where the kernel tells. */
  readonly by: string | null;
}

/** `null`: it does not run, or has not said yet. Of a fault a cable of the host is the reason that the gateway needs. */
export interface MemberRole {
  /** The network namespace that it is in. */
  readonly namespace: string;
  readonly role: 'master' | 'backup' | 'fault' | null;
}

export interface FileChange {
  readonly resource: ResourceId;
  readonly field: string;
  readonly kept: unknown;
  readonly wanted: unknown;
}

/** @param also what is to be looked at in the same session. */
export async function statusOf(
  wanted: DesiredState,
  context: RunContext,
  also?: (session: HostSession, view: HostView) => Promise<void>,
): Promise<HostStatus> {
  const { kinds } = context;
  const session = await context.connectionOf(wanted.host).open({ lock: false });
  try {
    const run = await openRun(session);
    const { kept, notes } = await lastKept(session, wanted, kinds);
    const undone = await undoneInPart(session);
    const view = await observeFor(session, wanted, kinds);
    await also?.(session, view);
    const expected = kept === null || run !== null ? wanted : stateOf(wanted, kept);
    const plan = planHost(expected, view, kinds);
    return {
      host: wanted.host,
      run,
      kept: kept === null || run !== null ? null : { run: kept.run, who: kept.who, at: kept.at },
      unchanged: plan.unchanged,
      drift: hostDrift(plan, expected, view, kinds),
      foreign: foreignTo([plan, ...(expected === wanted ? [] : [planHost(wanted, view, kinds)])]),
      fileChanges: expected === wanted ? [] : fileChanges(expected, wanted, kinds),
      undoneInPart: undone,
      members: memberRoles(view, wanted),
      notes,
    };
  } finally {
    await session.close();
  }
}

function memberRoles(view: HostView, { topology }: DesiredState): readonly MemberRole[] {
  return (view.services ?? [])
    .filter(({ name, files }) => name === '' && files['topology'] === `${topology}\n`)
    .map(({ scope, running, role }) => ({ namespace: scope, role: (running ? role : undefined) ?? null }))
    .sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

async function lastKept(
  session: HostSession,
  { topology, host }: DesiredState,
  kinds: readonly Kind[],
): Promise<{ readonly kept: KeptState | null; readonly notes: readonly string[] }> {
  try {
    const [kept = null] = await keptStates(session, topology, kinds);
    return { kept, notes: kept === null ? [`${host} keeps nothing of ${topology}: compared with the file`] : [] };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'observation') throw error;
    return { kept: null, notes: [`${error.message}: compared with the file`] };
  }
}

function stateOf({ topology, host }: DesiredState, { desired }: KeptState): DesiredState {
  return { topology, host, resources: new Map(desired.map((each) => [each.id, each])) };
}

function hostDrift(
  plan: HostPlan,
  expected: DesiredState,
  view: HostView,
  kinds: readonly Kind[],
): readonly HostDrift[] {
  const kindOf = new Map(kinds.map((each) => [each.name, each]));
  const found = new Map(plan.steps.map((step) => [step.resource, step.before ?? undefined]));
  return driftOf(plan).map(({ host: _host, ...each }) => {
    const wanted = expected.resources.get(each.resource);
    const by = wanted && kindOf.get(wanted.kind)?.whoHas?.(wanted, found.get(each.resource), view);
    return { ...each, by: by ?? null };
  });
}

function foreignTo(plans: readonly HostPlan[]): HostStatus['foreign'] {
  const all = plans.flatMap(({ obstacles }) => obstacles.map(({ resource, detail }) => ({ resource, detail })));
  return [...new Map(all.map((each) => [`${each.resource} ${each.detail}`, each])).values()];
}

function fileChanges(kept: DesiredState, wanted: DesiredState, kinds: readonly Kind[]): readonly FileChange[] {
  const kindOf = new Map(kinds.map((each) => [each.name, each]));
  const ids = [...new Set([...kept.resources.keys(), ...wanted.resources.keys()])].sort();
  return ids.flatMap((resource): readonly FileChange[] => {
    const [before, after] = [kept.resources.get(resource), wanted.resources.get(resource)];
    if (before === undefined || after === undefined)
      return [{ resource, field: 'present', kept: before !== undefined, wanted: after !== undefined }];
    return differences(kindOf.get(after.kind), after, before).map(({ field, expected, found }) => {
      return { resource, field, kept: found, wanted: expected };
    });
  });
}

function differences(kind: Kind | undefined, wanted: Resource, kept: Resource): ReturnType<typeof fieldDifferences> {
  return kind?.compare?.(wanted, kept) ?? fieldDifferences(wanted, kept);
}
