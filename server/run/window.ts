/**
 * Stage: runs that wait on their hosts → kept, or undone. Over many hosts in two phases: each answers that it is ready, and is
 * given time enough for the second phase; only when all have, the run is made final on each.
 */
import { eachAtMost } from '../core/at-most.ts';
import { Failure } from '../core/failure.ts';
import type { AtBoot, FlowsJudged } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import type { RunContext } from './context.ts';
import { settleFlows } from './flows-owed.ts';
import { tell } from './tell.ts';
import { endOfRun, holdReady, keepRun, openRun, undoRun } from './journal.ts';
import type { Answered, Ending } from './journal.ts';
import { keptStates } from './kept.ts';
import { describeRun } from './pending.ts';
import { closeSessions, openSessions, sessionOf } from './sessions.ts';

/** Left on each host between "ready" and "final", at least. */
const SECOND_PHASE_S = 20;
/** The second phase is given so many times what the first took. */
const SLACK = 4;
const AT_ONCE = 32;

export interface WindowResult {
  readonly host: string;
  /** `unknown`: it was told to keep the run, and nobody heard whether it did. */
  readonly result: 'confirmed' | 'undone' | 'unknown';
  /** What could not be undone. */
  readonly problems: readonly string[];
  /** Of a run that is undone: established flows that its rules had let in, by network stack; absent where there is nothing to judge. */
  readonly flows?: readonly FlowsJudged[];
  /** Of a run that is kept: who brings it back when the host starts. */
  readonly atBoot?: AtBoot;
}

/**
 * Keeps a run on all of its hosts, over new connections: that they come to stand is what confirming is about.
 * Throws `pending` where it is no longer there to be kept on one of them; then it is kept on none that can still go back. Where
 * hosts were lost between the two phases, the failure says of each what became of it.
 */
export async function confirmRun(
  run: string,
  hosts: readonly string[],
  context: RunContext,
): Promise<readonly WindowResult[]> {
  const results = await keepOnAll(run, hosts, context);
  if (results.every(({ result }) => result === 'confirmed')) return results;
  throw mixed(run, results);
}

/** The same, which answers for each host also where not all of them have kept it. Throws where none has. */
export async function keepOnAll(
  run: string,
  hosts: readonly string[],
  context: RunContext,
): Promise<readonly WindowResult[]> {
  const sessions = await openSessions(hosts, context, true);
  try {
    const kept = await allReady(run, hosts, sessions);
    return await eachAtMost(AT_ONCE, hosts, async (host): Promise<WindowResult> => {
      const { result, atBoot } = kept.has(host)
        ? { result: 'confirmed' as const, atBoot: null }
        : await keepOn(sessionOf(sessions, host), run, context);
      if (result === 'confirmed') tell(context, host, 'kept');
      return { host, result, problems: [], ...(atBoot === null ? {} : { atBoot }) };
    });
  } finally {
    await closeSessions(sessions);
  }
}

/**
 * The first phase: every host has the run, and keeps it open for as long as the second may take, which is measured: where the
 * slowest took its time, all are asked again for as much. Answers with the hosts that have kept it before.
 */
async function allReady(
  run: string,
  hosts: readonly string[],
  sessions: ReadonlyMap<string, HostSession>,
): Promise<ReadonlySet<string>> {
  let forS = SECOND_PHASE_S;
  for (;;) {
    const started = performance.now();
    const answers = await eachAtMost(AT_ONCE, hosts, async (host) => {
      const answer = await holdReady(sessionOf(sessions, host), run, forS);
      if (answer !== 'ready' && answer !== 'kept') throw notThere(run, host, answer);
      return { host, answer };
    });
    const needsS = (SLACK * (performance.now() - started)) / 1000;
    if (needsS <= forS) return new Set(answers.flatMap(({ host, answer }) => (answer === 'kept' ? [host] : [])));
    forS = Math.ceil(needsS * 2);
  }
}

/** The second phase on one host. One that falls silent is asked once more: it may have kept the run, or still can. */
async function keepOn(session: HostSession, run: string, context: RunContext): Promise<Outcome> {
  try {
    return outcomeOf(await keepRun(session, run, 'confirmed'));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  try {
    const again = await context.connectionOf(session.host).open({ lock: true, fresh: true });
    try {
      return outcomeOf(await keepRun(again, run, 'confirmed'));
    } finally {
      await again.close();
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { result: 'unknown', atBoot: null };
  }
}

/** A host that knows nothing of it has been started anew since it was ready: nothing unconfirmed outlives that. */
function outcomeOf({ ended, answer }: Answered<AtBoot | null>): Outcome {
  return { result: ended === null || ended === 'kept' ? 'confirmed' : 'undone', atBoot: answer ?? null };
}

interface Outcome {
  readonly result: WindowResult['result'];
  readonly atBoot: AtBoot | null;
}

function mixed(run: string, results: readonly WindowResult[]): Failure {
  const those = (which: WindowResult['result']): readonly string[] =>
    results.filter(({ result }) => result === which).map(({ host }) => host);
  const [undone, unknown] = [those('undone'), those('unknown')];
  return new Failure('pending', `Run ${run} is not kept on all of its hosts`, {
    detail: 'Every host had answered that it was ready; some were lost before they could be told to keep it.',
    inPlace: those('confirmed').map((host) => `${host}: confirmed`),
    undone: undone.map((host) => `${host}: undone by itself`),
    toDo: [
      ...unknown.map(
        (host) =>
          `${host} does not answer: it has kept the run, or undoes it by itself at its deadline. Ask it again: trunkline confirm ${run}`,
      ),
      ...(undone.length === 0 ? [] : ['Apply again to make all hosts as intended.']),
    ],
  });
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
  const sessions = await openSessions(hosts, context, true);
  try {
    await eachAtMost(AT_ONCE, hosts, (host) => refuseKept(sessionOf(sessions, host), run));
    return await eachAtMost(AT_ONCE, hosts, (host) => undoOn(sessionOf(sessions, host), run, context));
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

async function undoOn(session: HostSession, run: string, context: RunContext): Promise<WindowResult> {
  const undone = await undoRun(session, run);
  const problems = undone.ended === null ? undone.answer : [];
  // Also of a run that the host has undone by itself before: it cannot judge flows.
  const flows = await settleFlows(session, context);
  return { host: session.host, result: 'undone', problems, ...(flows.length === 0 ? {} : { flows }) };
}

/** How a run ended on a host; `waits`: it has not yet; `unknown`: the host does not answer. */
export interface HostEnd {
  readonly host: string;
  readonly end: Ending | 'waits' | 'unknown';
}

/** Asks each of a run's hosts, without waiting for their locks, and changes nothing. */
export function endsOfRun(
  { run, topology }: { readonly run: string; readonly topology: string },
  hosts: readonly string[],
  context: RunContext,
): Promise<readonly HostEnd[]> {
  return eachAtMost(AT_ONCE, hosts, async (host): Promise<HostEnd> => {
    try {
      const session = await context.connectionOf(host).open({ lock: false });
      try {
        if ((await openRun(session))?.run === run) return { host, end: 'waits' };
        const end = await endOfRun(session, run);
        if (end !== 'gone') return { host, end };
        // What /run told is gone with a restart; what was kept is on the disk.
        const kept = await keptStates(session, topology, context.kinds);
        return { host, end: kept.some((each) => each.run === run) ? 'kept' : 'gone' };
      } finally {
        await session.close();
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { host, end: 'unknown' };
    }
  });
}
