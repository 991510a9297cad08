/**
 * Stage: a run that was kept → the states that its hosts had before it, to be planned anew. What the host itself keeps comes
 * first; where it does not go back so far, what the history says that earlier runs left.
 */
import { Failure } from '../core/failure.ts';
import type { DesiredState, Resource } from '../flow/resource.ts';
import { KINDS } from '../kinds/index.ts';
import { NOTHING_OBSERVED } from '../plan/host.ts';
import type { RunContext } from './context.ts';
import { keptStates } from './kept.ts';
import type { KeptState } from './kept.ts';

/** What a run was to leave on a host, as the history has it. */
export interface RecordedState {
  readonly run: string;
  readonly host: string;
  readonly desired: readonly unknown[];
  /** Of what was there before. */
  readonly fingerprint: string;
}

export interface KeptRun {
  readonly run: string;
  readonly topology: string;
  readonly hosts: readonly string[];
}

/** By host: what it keeps of the topology, the last first. */
export async function keptOn(
  { topology, hosts }: Omit<KeptRun, 'run'>,
  context: RunContext,
): Promise<ReadonlyMap<string, readonly KeptState[]>> {
  const kept = await Promise.all(
    hosts.map(async (host) => {
      const session = await context.connectionOf(host).open({ lock: false });
      try {
        return [host, await keptStates(session, topology, context.kinds)] as const;
      } finally {
        await session.close();
      }
    }),
  );
  return new Map(kept);
}

/** @param recorded of this topology, in the order of the runs. Throws `pending` where the state before is not known for each host. */
export function statesBefore(
  { run, topology, hosts }: KeptRun,
  kept: ReadonlyMap<string, readonly KeptState[]>,
  recorded: readonly RecordedState[],
): readonly DesiredState[] {
  return hosts.map((host) => {
    const resources =
      beforeOnHost(run, kept.get(host) ?? []) ??
      beforeInHistory(
        run,
        recorded.filter((each) => each.host === host),
      );
    if (resources === null) throw notKnown(run, host);
    return { topology, host, resources: new Map(resources.map((each) => [each.id, each])) };
  });
}

function beforeOnHost(run: string, kept: readonly KeptState[]): readonly Resource[] | null {
  const at = kept.findIndex((each) => each.run === run);
  const before = at < 0 ? undefined : kept[at + 1];
  if (before !== undefined) return before.desired;
  return kept[at]?.fromNothing === true ? [] : null;
}

function beforeInHistory(run: string, recorded: readonly RecordedState[]): readonly Resource[] | null {
  const at = recorded.findIndex((each) => each.run === run);
  const before = recorded[at - 1];
  if (before === undefined) return recorded[at]?.fingerprint === NOTHING_OBSERVED ? [] : null;
  const resources = before.desired.map(resourceOf);
  return resources.every((each) => each !== null) ? resources : null;
}

function resourceOf(value: unknown): Resource | null {
  for (const { schema } of KINDS) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
  }
  return null;
}

function notKnown(run: string, host: string): Failure {
  return new Failure('pending', `What ${host} was like before run ${run} is not known`, {
    detail:
      'The host keeps its last three states, and the history here the plans of the runs that were made from here: neither goes back so far. Nothing was changed.',
    toDo: ['To go back to an earlier state, apply the topology file as it was then.'],
  });
}
