import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { HostConnection, HostSession } from '../host/connection.ts';
import { openRun, openWithOwed } from './journal.ts';
import type { OpenRun, OwedText } from './journal.ts';
import type { RunContext } from './context.ts';

/** What earlier runs have left on a host for the next one. */
export interface LeftOver {
  /** The one that broke off without a watchdog: the next run takes its place, and converges. */
  readonly over: OpenRun | null;
  /** Whose flows nobody has judged yet. */
  readonly owed: readonly OwedText[];
}

/** One run a host: throws `pending` where another waits for confirmation there, or is being undone. */
export async function refusePending(session: HostSession): Promise<LeftOver> {
  const { open, owed } = await openWithOwed(session);
  if (open === null || (open.leftMs === null && !open.undoing)) return { over: open, owed };
  throw new Failure('pending', `Another run is not over on ${session.host}`, {
    detail: `${describeRun(open)}. Nothing was changed.`,
    toDo: open.undoing
      ? ['Wait until it is undone, then try again.']
      : [`Keep it: trunkline confirm ${open.run}`, `Or undo it now: trunkline rollback ${open.run}`],
  });
}

/** Run, topology, who and until when, in one sentence. */
export function describeRun({ run, topology, who, at, leftMs, ready, undoing, watched }: OpenRun): string {
  const whose = `Run ${visibleText(run)} of ${visibleText(topology)}, by ${visibleText(who)}, begun at ${visibleText(at)}`;
  if (undoing) return `${whose}, is being undone`;
  if (leftMs === null) return `${whose}, broke off in the middle`;
  if (!watched) return `${whose}, was to be undone by its watchdog, which is gone`;
  const until = `the host undoes it by itself in ${seconds(leftMs)}`;
  return ready
    ? `${whose}, waits for confirmation: without it ${until}`
    : `${whose}, is being made: if it does not go on, ${until}`;
}

function seconds(ms: number): string {
  return `${String(Math.max(0, Math.ceil(ms / 1000)))} s`;
}

/** By host: what is open there. Hosts without such a run are left out. */
export async function openRuns(
  hosts: readonly string[],
  { connectionOf }: RunContext,
): Promise<ReadonlyMap<string, OpenRun>> {
  const found = await Promise.all(hosts.map(async (host) => [host, await findOpenRun(connectionOf(host))] as const));
  return new Map(found.flatMap(([host, run]) => (run === null ? [] : [[host, run] as const])));
}

/** What is open on a host, without waiting for its lock. */
export async function findOpenRun(connection: HostConnection): Promise<OpenRun | null> {
  const session = await connection.open({ lock: false });
  try {
    return await openRun(session);
  } finally {
    await session.close();
  }
}
