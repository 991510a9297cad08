/**
 * Stage: runs that wait on their hosts → kept, or undone. Over many hosts in two phases: each answers that it is ready, and is
 * given time enough for the second phase; only when all have, the run is made final on each.
 */
import { Failure } from '../core/failure.ts';
import type { AtBoot } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import type { RunContext } from './context.ts';
import { endOfRun, holdWindow, keepRun, openRun, undoRun } from './journal.ts';
import type { Ending } from './journal.ts';
import { describeRun } from './pending.ts';
import { closeSessions, openSessions, sessionOf } from './sessions.ts';

/** Left on each host between "ready" and "final": as long as the slowest of the others may take to answer. */
const SECOND_PHASE_S = 20;

export interface WindowResult {
  readonly host: string;
  readonly result: 'confirmed' | 'undone';
  /** What could not be undone. */
  readonly problems: readonly string[];
  /** Of a run that is kept: who brings it back when the host starts. */
  readonly atBoot?: AtBoot;
}

/**
 * Keeps a run on all of its hosts, over new connections: that they come to stand is what confirming is about.
 * Throws `pending` where it is no longer there to be kept on one of them; then it is kept on none that can still go back.
 */
export async function confirmRun(
  run: string,
  hosts: readonly string[],
  context: RunContext,
): Promise<readonly WindowResult[]> {
  const sessions = await openSessions(hosts, context);
  try {
    const kept = new Set<string>();
    for (const host of hosts) {
      const ready = await makeReady(sessionOf(sessions, host), run);
      if (ready === 'kept') kept.add(host);
      else if (ready !== 'ready') throw notThere(run, host, ready);
    }
    const lost: string[] = [];
    const atBoot = new Map<string, AtBoot>();
    for (const host of hosts.filter((each) => !kept.has(each))) {
      const { ended, answer } = await keepRun(sessionOf(sessions, host), run, 'confirmed');
      if (ended !== null && ended !== 'kept') lost.push(host);
      if (answer != null) atBoot.set(host, answer);
    }
    const [first] = lost;
    if (first !== undefined) throw notThere(run, lost.join(', '), 'undone');
    return hosts.map((host) => {
      const who = atBoot.get(host);
      return { host, result: 'confirmed', problems: [], ...(who === undefined ? {} : { atBoot: who }) };
    });
  } finally {
    await closeSessions(sessions);
  }
}

async function makeReady(session: HostSession, run: string): Promise<'ready' | Ending | 'writing'> {
  const open = await openRun(session);
  if (open?.run !== run) return endOfRun(session, run);
  if (!open.ready) return 'writing';
  return (await holdWindow(session, run, SECOND_PHASE_S)).ended ?? 'ready';
}

function notThere(run: string, host: string, why: Ending | 'writing'): Failure {
  const detail = {
    kept: 'It was kept before.',
    undone: 'It was undone there: the time for its confirmation was over, or somebody rolled it back.',
    'being-undone': 'It is being undone there right now: the time for its confirmation is over.',
    gone: 'That host knows nothing of it (it may have been started anew, and then is as it comes up).',
    writing: 'It is still being made there.',
  }[why];
  return new Failure('pending', `Run ${run} cannot be confirmed on ${host}`, {
    detail,
    toDo: ['Look at the hosts with trunkline status; apply again to make them as intended.'],
  });
}

/**
 * Undoes a run, on those of its hosts where it still can be. Answers for all of them.
 * Throws `pending` where it has been kept, or another run stands there.
 */
export async function rollbackRun(
  run: string,
  hosts: readonly string[],
  context: RunContext,
): Promise<readonly WindowResult[]> {
  const sessions = await openSessions(hosts, context);
  try {
    for (const host of hosts) await refuseKept(sessionOf(sessions, host), run);
    return await Promise.all(hosts.map((host) => undoOn(sessionOf(sessions, host), run)));
  } finally {
    await closeSessions(sessions);
  }
}

async function refuseKept(session: HostSession, run: string): Promise<void> {
  const open = await openRun(session);
  if (open?.run === run) return;
  const ended = await endOfRun(session, run);
  if (ended === 'undone' || ended === 'being-undone') return;
  throw new Failure('pending', `Run ${run} cannot be undone on ${session.host} any more`, {
    detail:
      open === null
        ? ended === 'kept'
          ? 'It was kept there, and what would undo it was removed with that.'
          : 'That host knows nothing of it.'
        : `${describeRun(open)}.`,
    toDo: ['To go back to an earlier state, apply the topology file as it was then.'],
  });
}

async function undoOn(session: HostSession, run: string): Promise<WindowResult> {
  const undone = await undoRun(session, run);
  return { host: session.host, result: 'undone', problems: undone.ended === null ? undone.answer : [] };
}
