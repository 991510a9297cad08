/**
 * Stage: plans → runs. For each host, under its lock: observe, make the plan again and see that it is the one agreed to,
 * execute, observe, and see that nothing is left to change. Where anything fails, every host of the run goes back to what
 * it was. This stage knows no kind.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { eachAtMost } from '../core/at-most.ts';
import { Failure } from '../core/failure.ts';
import { sameJson } from '../core/json.ts';
import type { HostPlan, Obstacle, Plan, ShownHostPlan, ShownPlan } from '../flow/plan.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { RunResult } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import { showPlan, showStep } from '../plan/document.ts';
import { planHost } from '../plan/host.ts';
import { planOf } from '../plan/summary.ts';
import { permitsLast, putTogether } from '../plan/together.ts';
import type { Consent } from './consent.ts';
import type { RunContext } from './context.ts';
import { tell } from './tell.ts';
import type { HostWork } from './host-run.ts';
import { JOURNAL_FORMAT } from './journal.ts';
import type { JournalMeta } from './journal.ts';
import { confirmByItself } from './keep.ts';
import { planMadeFrom, rememberPlan } from './made-plans.ts';
import { observeFor } from './observe.ts';
import { refusePending } from './pending.ts';
import { closeSessions, openSessions, sessionOf } from './sessions.ts';
import { desiredOf } from './take-back.ts';
import { writeHosts } from './write-hosts.ts';
import type { Written } from './write-hosts.ts';

export type { Consent };

/** What was read of a host with thousands of interfaces takes some room until it is compared. */
const READ_AT_ONCE = 16;

/** Observes each host and plans it. Throws where one cannot be read; writes nothing. */
export async function makePlan(desired: readonly DesiredState[], context: RunContext): Promise<Plan> {
  const [first] = desired;
  let done = 0;
  const hosts = await eachAtMost(READ_AT_ONCE, desired, async (state) => {
    tell(context, state.host, 'reading');
    const session = await context.connectionOf(state.host).open({ lock: false });
    const reading = observeFor(session, state, context.kinds);
    // Ended while what was read is compared.
    const closed = reading.then(
      () => session.close(),
      () => session.close(),
    );
    try {
      const view = await reading;
      const plan = planHost(state, view, context.kinds);
      rememberPlan(plan, view);
      context.count?.('hosts planned', (done += 1), desired.length);
      tell(context, state.host, 'planned');
      return plan;
    } finally {
      await closed;
    }
  });
  return planOf(first?.topology ?? '', putTogether(hosts));
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

export async function applyPlan(plan: ShownPlan, context: RunContext, consent: Consent = {}): Promise<RunResult> {
  refuseObstacles(plan, consent);
  const { topology } = plan;
  return runOn(plan.hosts, { topology, context, consent }, async (sessions) => ({
    plan,
    work: await eachAtMost(READ_AT_ONCE, plan.hosts, (host) => openWork(topology, host, sessions, context)),
  }));
}

/**
 * Plans under the lock and applies in one go, so that nothing can come between: for plans that nobody asked to see first.
 * @param consent by default to as many hosts at a time as there are.
 */
export async function applyUnseen(
  desired: readonly DesiredState[],
  context: RunContext,
  consent: Consent = { parallel: desired.length },
): Promise<RunResult> {
  const topology = desired[0]?.topology ?? '';
  return runOn(desired, { topology, context, consent }, async (sessions) => {
    const found = await eachAtMost(READ_AT_ONCE, desired, (state) =>
      planWork(state, sessionOf(sessions, state.host), context),
    );
    const plans = putTogether(found.map((each) => each.plan));
    const work = found.map((each, index) => ({ ...each, plan: plans[index] ?? each.plan }));
    const plan = showPlan(planOf(topology, plans));
    refuseObstacles(plan, consent);
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
  const meta = newRun(topology, context);
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
  const { waiting, until } = written;
  const confirmed = until === null ? [] : await confirmByItself(meta, waiting, until, context);
  const ended = new Map([...written.hosts, ...confirmed].map((each) => [each.host, each]));
  const result = { run, topology, hosts: hosts.flatMap(({ host }) => ended.get(host) ?? []) };
  if (written.begun) await context.log?.({ type: 'ended', run, result });
  return result;
}

async function planWork(state: DesiredState, session: HostSession, { kinds }: RunContext): Promise<HostWork> {
  const left = await refusePending(session);
  return { plan: planHost(state, await observeFor(session, state, kinds), kinds), session, ...left };
}

function newRun(topology: string, { as }: RunContext): JournalMeta {
  const now = new Date();
  const { run, who } = as ?? { run: newRunName(now), who: whoRuns() };
  return { formatVersion: JOURNAL_FORMAT, run, topology, who, at: now.toISOString() };
}

/** `20261121T071502-3f9a` */
export function newRunName(now: Date): string {
  return `${now.toISOString().replace(/[-:]|\..*$/g, '')}-${randomBytes(2).toString('hex')}`;
}

/** `ann@desk`: the user (of this process, where none is given) and the machine that it runs on. */
export function whoRuns(user = process.env['USER'] ?? `uid-${String(process.geteuid?.() ?? 0)}`): string {
  return `${user}@${hostname()}`.replace(/[^A-Za-z0-9@._-]/g, '_');
}

async function openWork(
  topology: string,
  agreed: ShownHostPlan,
  sessions: ReadonlyMap<string, HostSession>,
  context: RunContext,
): Promise<HostWork> {
  const session = sessionOf(sessions, agreed.host);
  const left = await refusePending(session);
  return { plan: await refreshed(topology, agreed, session, context), session, ...left };
}

/** The plan made anew under the lock; refused unless it is, step by step and command by command, the one agreed to. */
async function refreshed(
  topology: string,
  agreed: ShownHostPlan,
  session: HostSession,
  { kinds }: RunContext,
): Promise<HostPlan> {
  const state = desiredOf(topology, agreed);
  const view = await observeFor(session, state, kinds);
  const alone = planMadeFrom(view, agreed) ?? planHost(state, view, kinds);
  const plan = agreed.together === true ? permitsLast(alone) : alone;
  if (plan.fingerprint === agreed.fingerprint && sameJson(plan.steps.map(showStep), agreed.steps)) return plan;
  throw new Failure('stale-plan', `${agreed.host} is no longer as it was when the plan was made`, {
    detail: 'What was observed now leads to another plan than the one agreed to. Nothing was changed.',
    toDo: ['Make the plan again and look at it.'],
  });
}

/** Whether the run left every host as intended. */
export function runSucceeded(result: RunResult): boolean {
  return result.hosts.every((host) => host.failure === null);
}
