/**
 * Stage: plans → runs. For each host, under its lock: observe, make the plan again and see that it is the one agreed to,
 * execute, observe, and see that nothing is left to change. Where anything fails, every host of the run goes back to what
 * it was. This stage knows no kind.
 */
import { randomBytes } from 'node:crypto';
import { Failure } from '../core/failure.ts';
import { canonicalJson } from '../core/json.ts';
import type { HostPlan, Plan, ShownHostPlan, ShownPlan, Step } from '../flow/plan.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { RunResult } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import { showStep } from '../plan/document.ts';
import { planHost } from '../plan/host.ts';
import { planOf } from '../plan/summary.ts';
import type { RunContext } from './context.ts';
import { executeSteps } from './execute.ts';
import { observeFor } from './observe.ts';
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
export function refuseObstacles(plan: ShownPlan | Plan, { discardUnknown = false }: Consent = {}): void {
  const all = plan.hosts.flatMap((host) => host.obstacles);
  const obstacles = discardUnknown ? all.filter((each) => each.sort !== 'unrestorable') : all;
  if (obstacles.length === 0) return;
  const foreign = obstacles.some((each) => each.sort === 'foreign');
  const unknown = obstacles.some((each) => each.sort === 'unrestorable');
  throw new Failure('obstacle', 'Something stands in the way, and nothing was changed', {
    detail: obstacles.map((each) => `${each.host}: ${each.resource}: ${each.detail}`).join('\n'),
    toDo: [
      ...(foreign ? ['Remove or rename what is not ours, or choose other names in the topology.'] : []),
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
}

export async function applyPlan(plan: ShownPlan, context: RunContext, consent: Consent = {}): Promise<RunResult> {
  refuseObstacles(plan, consent);
  return withSessions(
    plan.hosts.map(({ host }) => host),
    context,
    async (sessions) => {
      const current = await Promise.all(
        plan.hosts.map((host) => refreshed(plan.topology, host, sessionOf(sessions, host.host), context)),
      );
      return runHosts(plan.topology, current, sessions, context);
    },
  );
}

/** Plans under the lock and applies in one go: for hosts that nobody else knows of, so that nothing can come between. */
export async function applyUnseen(desired: readonly DesiredState[], context: RunContext): Promise<RunResult> {
  const topology = desired[0]?.topology ?? '';
  return withSessions(
    desired.map(({ host }) => host),
    context,
    async (sessions) => {
      const plans = await Promise.all(
        desired.map(async (state) =>
          planHost(state, await observeFor(sessionOf(sessions, state.host), state, context.kinds), context.kinds),
        ),
      );
      refuseObstacles(planOf(topology, plans));
      return runHosts(topology, plans, sessions, context);
    },
  );
}

async function runHosts(
  topology: string,
  plans: readonly HostPlan[],
  sessions: ReadonlyMap<string, HostSession>,
  context: RunContext,
): Promise<RunResult> {
  const run = runId();
  let done = 0;
  const runs = await Promise.all(
    plans.map(async (plan) => {
      const ended = await runHost(topology, plan, sessionOf(sessions, plan.host), context);
      context.count?.('hosts applied', (done += 1), plans.length);
      return ended;
    }),
  );
  const failed = runs.some((each) => each.failure !== null);
  const hosts = failed
    ? await Promise.all(runs.map((each) => takeBack(topology, each, context)))
    : runs.map(hostResult);
  return { run, topology, hosts };
}

function runId(): string {
  return `${new Date().toISOString().replace(/[-:]|\..*$/g, '')}-${randomBytes(2).toString('hex')}`;
}

/** Runs `work` with the lock of every host held. */
async function withSessions<T>(
  hosts: readonly string[],
  context: RunContext,
  work: (sessions: ReadonlyMap<string, HostSession>) => Promise<T>,
): Promise<T> {
  const opened = await Promise.allSettled(
    hosts.map(async (host) => [host, await context.connectionOf(host).open({ lock: true })] as const),
  );
  const sessions = new Map(opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
  const refused = opened.find((each) => each.status === 'rejected');
  try {
    if (refused !== undefined) throw refused.reason;
    return await work(sessions);
  } finally {
    await Promise.all([...sessions.values()].map((session) => session.close()));
  }
}

function sessionOf(sessions: ReadonlyMap<string, HostSession>, host: string): HostSession {
  const session = sessions.get(host);
  if (session === undefined) throw new Failure('internal', `no session to ${host}`);
  return session;
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

/** A run that breaks off without a word from the host (its session died) may have done anything: all of it is taken back. */
async function runHost(topology: string, plan: HostPlan, session: HostSession, context: RunContext): Promise<HostRun> {
  try {
    return await runSteps(topology, plan, session, context);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { plan, session, failure: error, done: plan.steps.length, verified: false };
  }
}

async function runSteps(topology: string, plan: HostPlan, session: HostSession, context: RunContext): Promise<HostRun> {
  const { host, steps } = plan;
  if (steps.length === 0) return { plan, session, failure: null, done: 0, verified: true };
  context.progress?.(`${host}: ${String(steps.length)} steps`);
  const { done, failure } = await executeSteps(session, steps);
  if (failure !== null) {
    const { summary, detail } = failure;
    return { plan, session, failure: new Failure('step-failed', summary, { detail }), done: done + 1, verified: false };
  }
  const left = await differencesLeft(topology, plan, session, context);
  context.progress?.(`${host}: ${left.length === 0 ? 'applied and verified' : 'applied, but not as intended'}`);
  if (left.length === 0) return { plan, session, failure: null, done, verified: true };
  const detail = left.map((each) => `${each.title}: ${each.reason}`).join('\n');
  const unlike = new Failure('verify-failed', `${host} is not as intended after all steps were done`, { detail });
  return { plan, session, failure: unlike, done, verified: false };
}

const VERIFY_TRIES = 5;
const VERIFY_PAUSE_MS = 300;

/** Observed again, the plan must be empty. Some things take a moment to show (an address that is still tentative). */
async function differencesLeft(
  topology: string,
  plan: HostPlan,
  session: HostSession,
  { kinds }: RunContext,
): Promise<readonly Step[]> {
  const state = desiredOf(topology, plan);
  let left: readonly Step[] = [];
  for (let attempt = 0; attempt < VERIFY_TRIES; attempt += 1) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, VERIFY_PAUSE_MS));
    left = planHost(state, await observeFor(session, state, kinds), kinds).steps;
    if (left.length === 0) break;
  }
  return left;
}

/** Whether the run left every host as intended. */
export function runSucceeded(result: RunResult): boolean {
  return result.hosts.every((host) => host.failure === null);
}
