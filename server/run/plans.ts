/**
 * Stage: plans → runs. For each host, under its lock: observe, make the plan again and see that it is the one agreed to,
 * execute, observe, and see that nothing is left to change. Where anything fails, every host of the run goes back to what
 * it was. This stage knows no kind.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Failure } from '../core/failure.ts';
import { canonicalJson } from '../core/json.ts';
import type { HostPlan, Obstacle, Plan, ShownHostPlan, ShownPlan } from '../flow/plan.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { HostRunResult, RunResult } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import { showPlan, showStep } from '../plan/document.ts';
import { planHost } from '../plan/host.ts';
import { planOf } from '../plan/summary.ts';
import type { RunContext } from './context.ts';
import { armHosts, runHost, windowFor } from './host-run.ts';
import type { HostWork } from './host-run.ts';
import { JOURNAL_FORMAT } from './journal.ts';
import type { JournalMeta } from './journal.ts';
import { confirmByItself, keepHosts, startWaiting } from './keep.ts';
import { observeFor } from './observe.ts';
import { refusePending } from './pending.ts';
import { closeSessions, openSessions, sessionOf } from './sessions.ts';
import { desiredOf, hostResult, takeBack } from './take-back.ts';
import type { HostRun } from './take-back.ts';

/** Observes each host and plans it. Throws where one cannot be read; writes nothing. */
export async function makePlan(desired: readonly DesiredState[], context: RunContext): Promise<Plan> {
  const [first] = desired;
  let done = 0;
  const hosts = await Promise.all(
    desired.map(async (state) => {
      const session = await context.connectionOf(state.host).open({ lock: false });
      try {
        const plan = planHost(state, await observeFor(session, state, context.kinds), context.kinds);
        context.count?.('hosts planned', (done += 1), desired.length);
        return plan;
      } finally {
        await session.close();
      }
    }),
  );
  return planOf(first?.topology ?? '', hosts);
}

/** Throws `obstacle` where something stands in the way: nothing is changed then, on any host. */
export function refuseObstacles(plan: ShownPlan | Plan, { discardUnknown = false, adopt = false }: Consent = {}): void {
  const agreed = new Set<Obstacle['sort']>([
    ...(discardUnknown ? (['unrestorable'] as const) : []),
    ...(adopt ? (['adoptable'] as const) : []),
  ]);
  const obstacles = plan.hosts.flatMap((host) => host.obstacles).filter(({ sort }) => !agreed.has(sort));
  if (obstacles.length === 0) return;
  const foreign = obstacles.some((each) => each.sort === 'foreign');
  const unknown = obstacles.some((each) => each.sort === 'unrestorable');
  const adoptable = obstacles.some((each) => each.sort === 'adoptable');
  throw new Failure('obstacle', 'Something stands in the way, and nothing was changed', {
    detail: obstacles.map((each) => `${each.host}: ${each.resource}: ${each.detail}`).join('\n'),
    toDo: [
      ...(foreign ? ['Remove or rename what is not ours, or choose other names in the topology.'] : []),
      ...(adoptable ? ['Say --adopt to take over what is there already; trunkline plan shows what that does.'] : []),
      ...(unknown
        ? ['Somebody changed something of ours: take that out by hand, or say --discard-unknown to lose it for good.']
        : []),
    ],
  });
}

/** What the person who applies has agreed to. */
export interface Consent {
  /** Lose what others put into things of ours and undoing could not bring back. */
  readonly discardUnknown?: boolean;
  /** Take over what is there already, and was not made by us. */
  readonly adopt?: boolean;
  /** Wait so many seconds for somebody to confirm the run; the hosts undo it by themselves otherwise. */
  readonly confirmWithinS?: number;
}

export async function applyPlan(plan: ShownPlan, context: RunContext, consent: Consent = {}): Promise<RunResult> {
  refuseObstacles(plan, consent);
  const { topology } = plan;
  return runOn(plan.hosts, { topology, context, consent }, async (sessions) => ({
    plan,
    work: await Promise.all(plan.hosts.map((host) => openWork(topology, host, sessions, context))),
  }));
}

/** Plans under the lock and applies in one go, so that nothing can come between: for plans that nobody asked to see first. */
export async function applyUnseen(desired: readonly DesiredState[], context: RunContext): Promise<RunResult> {
  const topology = desired[0]?.topology ?? '';
  return runOn(desired, { topology, context, consent: {} }, async (sessions) => {
    const work = await Promise.all(desired.map((state) => planWork(state, sessionOf(sessions, state.host), context)));
    const plans = work.map((each) => each.plan);
    const plan = showPlan(planOf(topology, plans));
    refuseObstacles(plan);
    return { plan, work };
  });
}

interface RunOn {
  readonly topology: string;
  readonly context: RunContext;
  readonly consent: Consent;
}

interface Prepared {
  readonly plan: ShownPlan;
  readonly work: readonly HostWork[];
}

/** With the lock of every host held until all is written; a run that confirms itself does so over new connections. */
async function runOn(
  hosts: readonly { readonly host: string }[],
  { topology, context, consent }: RunOn,
  prepare: (sessions: ReadonlyMap<string, HostSession>) => Promise<Prepared>,
): Promise<RunResult> {
  const meta = newRun(topology);
  const sessions = await openSessions(
    hosts.map(({ host }) => host),
    context,
  );
  let written: Written;
  try {
    const { plan, work } = await prepare(sessions);
    written = await writeHosts(work, plan, meta, context, consent);
  } finally {
    await closeSessions(sessions);
  }
  const { run } = meta;
  const results =
    written.runs === null ? written.hosts : await confirmByItself(meta, written.runs, written.until, context);
  const result = { run, topology, hosts: results };
  if (written.begun) await context.log?.({ type: 'ended', run, result });
  return result;
}

async function planWork(state: DesiredState, session: HostSession, { kinds }: RunContext): Promise<HostWork> {
  const over = await refusePending(session);
  return { plan: planHost(state, await observeFor(session, state, kinds), kinds), session, over };
}

function newRun(topology: string): JournalMeta {
  const now = new Date().toISOString();
  const run = `${now.replace(/[-:]|\..*$/g, '')}-${randomBytes(2).toString('hex')}`;
  return { formatVersion: JOURNAL_FORMAT, run, topology, who: whoRuns(), at: now };
}

/** `ann@desk`: the user of this process and the machine that it runs on. */
export function whoRuns(): string {
  const user = process.env['USER'] ?? `uid-${String(process.geteuid?.() ?? 0)}`;
  return `${user}@${hostname()}`.replace(/[^A-Za-z0-9@._-]/g, '_');
}

async function openWork(
  topology: string,
  agreed: ShownHostPlan,
  sessions: ReadonlyMap<string, HostSession>,
  context: RunContext,
): Promise<HostWork> {
  const session = sessionOf(sessions, agreed.host);
  const over = await refusePending(session);
  return { plan: await refreshed(topology, agreed, session, context), session, over };
}

type Written = { readonly begun: boolean } & (
  | { readonly runs: null; readonly hosts: readonly HostRunResult[] }
  | { readonly runs: readonly HostRun[]; readonly until: string }
);

/** An apply that nobody waits to confirm, over a way that it can cut, is given so long to be confirmed by itself. */
const BY_ITSELF_S = 60;

async function writeHosts(
  work: readonly HostWork[],
  plan: ShownPlan,
  meta: JournalMeta,
  context: RunContext,
  consent: Consent,
): Promise<Written> {
  const changing = work.filter((host) => host.plan.steps.length > 0);
  if (changing.length === 0) return { begun: false, runs: null, hosts: work.map(unchanged).map(hostResult) };
  const { run, topology } = meta;
  const canLosePath = changing.some((host) => context.connectionOf(host.plan.host).canLosePath === true);
  const askedS = consent.confirmWithinS ?? (canLosePath ? BY_ITSELF_S : 0);
  const windowS = (host: HostPlan): number => (askedS === 0 ? 0 : windowFor(host, askedS));
  sayLonger(changing, windowS, consent, context);
  await context.log?.({ type: 'begun', run, topology, hosts: changing.map((host) => host.plan.host), plan });
  await armHosts(changing, meta, windowS).catch(async (error: unknown) => {
    await context.log?.({ type: 'undone', run, hosts: [], problems: [] });
    throw error;
  });
  let ended = 0;
  const runs = await Promise.all(
    work.map(async (host) => {
      const ran = await runHost(host, meta, context);
      context.count?.('hosts applied', (ended += 1), work.length);
      return ran;
    }),
  );
  const back = (failed: readonly HostRun[]): Promise<readonly HostRunResult[]> =>
    Promise.all(failed.map((each) => takeBack(meta, each, context)));
  if (runs.some((each) => each.failure !== null)) return { begun: true, runs: null, hosts: await back(runs) };
  try {
    if (askedS === 0) {
      await keepHosts(run, changing);
      return { begun: true, runs: null, hosts: runs.map(hostResult) };
    }
    const until = await startWaiting(run, changing, (host) => windowS(host.plan));
    if (consent.confirmWithinS === undefined) return { begun: true, runs, until };
    const waiting = runs.map((each) =>
      each.plan.steps.length === 0 ? hostResult(each) : { ...hostResult(each), confirmed: false, until },
    );
    return { begun: true, runs: null, hosts: waiting };
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return { begun: true, runs: null, hosts: await back(runs.map((each) => ({ ...each, failure }))) };
  }
}

function unchanged({ plan, session }: HostWork): HostRun {
  return { plan, session, failure: null, done: 0, begun: 0, verified: true };
}

function sayLonger(
  changing: readonly HostWork[],
  windowS: (host: HostPlan) => number,
  { confirmWithinS }: Consent,
  { progress }: RunContext,
): void {
  for (const { plan } of changing) {
    if (confirmWithinS !== undefined && windowS(plan) > confirmWithinS)
      progress?.(
        `${plan.host}: ${String(confirmWithinS)} s is too short for this to be written and undone: ${String(windowS(plan))} s it is`,
      );
  }
}

/** The plan made anew under the lock; refused unless it is, step by step and command by command, the one agreed to. */
async function refreshed(
  topology: string,
  agreed: ShownHostPlan,
  session: HostSession,
  { kinds }: RunContext,
): Promise<HostPlan> {
  const state = desiredOf(topology, agreed);
  const plan = planHost(state, await observeFor(session, state, kinds), kinds);
  if (
    plan.fingerprint === agreed.fingerprint &&
    canonicalJson(plan.steps.map(showStep)) === canonicalJson(agreed.steps)
  )
    return plan;
  throw new Failure('stale-plan', `${agreed.host} is no longer as it was when the plan was made`, {
    detail: 'What was observed now leads to another plan than the one agreed to. Nothing was changed.',
    toDo: ['Make the plan again and look at it.'],
  });
}

/** Whether the run left every host as intended. */
export function runSucceeded(result: RunResult): boolean {
  return result.hosts.every((host) => host.failure === null);
}
