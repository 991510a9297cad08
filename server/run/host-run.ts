/**
 * Stage: the plan of one host → written and verified, under its lock, with its journal on the host. Taking it back, where
 * anything fails, is the host's own work: see `take-back.ts`.
 */
import { Failure } from '../core/failure.ts';
import type { HostView } from '../flow/hostview.ts';
import type { HostPlan, Step } from '../flow/plan.ts';
import type { HostSession } from '../host/connection.ts';
import { planHost } from '../plan/host.ts';
import type { RunContext } from './context.ts';
import { cutFlows } from './cut-flows.ts';
import { executeSteps } from './execute.ts';
import { inverseOf } from './inverse.ts';
import { inBatch, journalPrograms, undoRun, undoSeconds } from './journal.ts';
import type { JournalMeta, OpenRun } from './journal.ts';
import { observeFor } from './observe.ts';
import { desiredOf } from './take-back.ts';
import type { HostRun } from './take-back.ts';

/** One host of a run, as agreed to and observed again. */
export interface HostWork {
  readonly plan: HostPlan;
  readonly session: HostSession;
  /** What broke off here before, and is superseded. */
  readonly over: OpenRun | null;
}

/** Between two signs of life of a run there may be so much on a machine that has other things to do. */
const SHORTEST_S = 5;

/** How long a host waits at least before it undoes a run: as long as undoing it takes. */
export function windowFor(plan: HostPlan, askedS: number): number {
  return Math.max(askedS, SHORTEST_S, undoSeconds(inverseOf(plan.steps)));
}

/** What would undo the run is laid down on every host, and armed, before anything is written on any; else it throws `journal`. */
export async function armHosts(
  work: readonly HostWork[],
  meta: JournalMeta,
  windowS: (plan: HostPlan) => number,
): Promise<void> {
  const armed = await Promise.allSettled(
    work.map(async (host) => {
      await armHost(host, meta, windowS(host.plan));
      return host;
    }),
  );
  const failed = armed.find((each) => each.status === 'rejected');
  if (failed === undefined) return;
  const done = armed.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  await Promise.allSettled(done.map(({ session }) => undoRun(session, meta.run, 0)));
  throw failed.reason;
}

async function armHost({ plan, session, over }: HostWork, meta: JournalMeta, windowS: number): Promise<void> {
  if (plan.steps.length === 0) return;
  const programs = journalPrograms({ meta, undo: inverseOf(plan.steps), windowS, over: over?.run ?? null });
  const results = await session.run(programs);
  const last = results.at(-1);
  if (results.length === programs.length && last?.exitCode === 0) return;
  const said = last?.stderr.toString('utf8').trim();
  throw new Failure('journal', `${plan.host} could not take down what would undo the run: nothing was changed`, {
    detail: said === undefined || said === '' ? 'It did not say why.' : said,
    toDo: [`Look at /run/trunkline on ${plan.host}: it has to be writable, with some room left.`],
  });
}

/** A run that breaks off without a word from the host (its session died) may have done anything: all of it is taken back. */
export async function runHost(work: HostWork, meta: JournalMeta, context: RunContext): Promise<HostRun> {
  const { plan, session } = work;
  try {
    return await runSteps(work, meta, context);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { plan, session, failure: error, done: plan.steps.length, begun: null, verified: false };
  }
}

async function runSteps({ plan, session }: HostWork, meta: JournalMeta, context: RunContext): Promise<HostRun> {
  const { host, steps } = plan;
  if (steps.length === 0) return { plan, session, failure: null, done: 0, begun: 0, verified: true };
  context.progress?.(`${host}: ${String(steps.length)} steps`);
  const { done, begun, failure } = await executeSteps(session, steps, inBatch);
  if (failure !== null) {
    const { summary, detail } = failure;
    const failed = new Failure('step-failed', summary, { detail });
    return { plan, session, failure: failed, done: done + 1, begun, verified: false };
  }
  const { left, view } = await differencesLeft(meta.topology, plan, begun, session, context);
  context.progress?.(`${host}: ${left.length === 0 ? 'applied and verified' : 'applied, but not as intended'}`);
  if (left.length === 0) {
    await cutFlows({ plan, session, begun, view }, context);
    return { plan, session, failure: null, done, begun, verified: true };
  }
  const detail = left.map((each) => `${each.title}: ${each.reason}`).join('\n');
  const unlike = new Failure('verify-failed', `${host} is not as intended after all steps were done`, { detail });
  return { plan, session, failure: unlike, done, begun, verified: false };
}

const VERIFY_TRIES = 5;
const VERIFY_PAUSE_MS = 300;

/** Observed again, the plan must be empty. Some things take a moment to show (an address that is still tentative). */
async function differencesLeft(
  topology: string,
  plan: HostPlan,
  begun: number,
  session: HostSession,
  { kinds }: RunContext,
): Promise<{ readonly left: readonly Step[]; readonly view: HostView }> {
  const state = desiredOf(topology, plan);
  for (let attempt = 1; ; attempt += 1) {
    // A sign of life: an armed run that is being looked at does not hang.
    await session.run([inBatch({ argv: ['true'] }, begun)]);
    const view = await observeFor(session, state, kinds);
    const left = planHost(state, view, kinds).steps;
    if (left.length === 0 || attempt === VERIFY_TRIES) return { left, view };
    await new Promise((resolve) => setTimeout(resolve, VERIFY_PAUSE_MS));
  }
}
