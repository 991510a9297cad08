/**
 * Stage: the plan of one host → written and verified, under its lock, with its journal on the host. Taking it back, where
 * anything fails, is the host's own work: see `take-back.ts`.
 */
import { eachAtMost } from '../core/at-most.ts';
import { Failure } from '../core/failure.ts';
import type { HostView } from '../flow/hostview.ts';
import type { HostPlan, Step } from '../flow/plan.ts';
import type { HostSession } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { isAsWanted, planHost } from '../plan/host.ts';
import type { RunContext } from './context.ts';
import { cutFlows } from './cut-flows.ts';
import { executeSteps } from './execute.ts';
import { inverseOf } from './inverse.ts';
import type { Undo } from './inverse.ts';
import { partsOf } from './parts.ts';
import { inBatch, journalPrograms, undoRun, undoSeconds } from './journal.ts';
import type { JournalMeta } from './journal.ts';
import { flowsOf } from './flows-owed.ts';
import { layDownKept, prepareKept } from './keep-boot.ts';
import { observeOnce } from './observe.ts';
import type { LeftOver } from './pending.ts';
import { whenSent } from './sessions.ts';
import { desiredOf } from './take-back.ts';
import type { HostRun } from './take-back.ts';
import { tell } from './tell.ts';

/** One host of a run, as agreed to and observed again. */
export interface HostWork extends LeftOver {
  readonly plan: HostPlan;
  readonly session: HostSession;
}

/** Each is a handful of processes there, and nothing here. */
const ARMED_AT_ONCE = 32;
/** Between two signs of life of a run there may be so much on a machine that has other things to do. */
const SHORTEST_S = 5;

/** What takes a host's plan back, by the batches that it is carried out in. */
export function undoOf(plan: HostPlan): readonly Undo[] {
  return inverseOf(plan.steps, partsOf(plan).batches);
}

/** How long a host waits at least before it undoes a run: as long as undoing it takes. */
export function windowFor(plan: HostPlan, askedS: number): number {
  return Math.max(askedS, SHORTEST_S, undoSeconds(undoOf(plan)));
}

/** What would undo the run is laid down on every host, and armed, before anything is written on any; else it throws `journal`. */
export async function armHosts(
  work: readonly HostWork[],
  meta: JournalMeta,
  windowS: (plan: HostPlan) => number,
  { kinds }: RunContext,
): Promise<void> {
  const done: HostWork[] = [];
  try {
    await eachAtMost(ARMED_AT_ONCE, work, async (host) => {
      await armHost(host, meta, windowS(host.plan), kinds);
      done.push(host);
    });
  } catch (error) {
    await disarmHosts(done, meta);
    throw error;
  }
}

/** Before anything was written: what would have undone it goes, as far as the hosts answer. */
export async function disarmHosts(work: readonly HostWork[], meta: JournalMeta): Promise<void> {
  await Promise.allSettled(work.map(({ session }) => undoRun(session, meta.run, 0)));
}

async function armHost(
  { plan, session, over }: HostWork,
  meta: JournalMeta,
  windowS: number,
  kinds: readonly Kind[],
): Promise<void> {
  if (plan.steps.length === 0) return;
  const flows = flowsOf(meta.topology, plan, kinds);
  const programs = journalPrograms({ meta, undo: undoOf(plan), flows, windowS, over: over?.run ?? null });
  const results = await session.run(programs);
  const last = results.at(-1);
  if (results.length === programs.length && last?.exitCode === 0) return;
  const said = last?.stderr.toString('utf8').trim();
  throw new Failure('journal', `${plan.host} could not take down what would undo the run: nothing was changed`, {
    detail: said === undefined || said === '' ? 'It did not say why.' : said,
    toDo: [`Look at /run/trunkline on ${plan.host}: it has to be writable, with some room left.`],
  });
}

/** Nothing was done yet. */
export function notBegun({ plan, session }: HostWork): HostRun {
  return { plan, session, failure: null, done: 0, begun: 0, verified: plan.steps.length === 0 };
}

/**
 * Goes on with a host, up to the end of that phase (counted from 0), and observes it once it has done all that it has to do.
 * A run that breaks off without a word from the host (its session died) may have done anything: all of it is taken back.
 */
export async function runPhase(
  soFar: HostRun,
  phase: number,
  meta: JournalMeta,
  context: RunContext,
): Promise<HostRun> {
  try {
    return await runSteps(soFar, phase, meta, context);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { plan, session } = soFar;
    return { plan, session, failure: error, done: plan.steps.length, begun: null, verified: false };
  }
}

async function runSteps(soFar: HostRun, phase: number, meta: JournalMeta, context: RunContext): Promise<HostRun> {
  const { plan, session } = soFar;
  const { host, steps } = plan;
  const { batches, ends } = partsOf(plan);
  const from = soFar.begun ?? 0;
  const to = ends[phase] ?? batches.length;
  let { done } = soFar;
  if (to > from) {
    tell(context, host, 'changing', from === 0 ? `${String(steps.length)} steps` : undefined);
    const running = executeSteps(session, steps, inBatch, { batches, from, to });
    if (to === batches.length) {
      await whenSent([session], running);
      prepareKept(plan, meta, context);
    }
    const ran = await running;
    context.done?.(host, ran.done);
    if (ran.failure !== null) {
      const { summary, detail } = ran.failure;
      tell(context, host, 'failed');
      const failed = new Failure('step-failed', summary, { detail });
      return { plan, session, failure: failed, done: ran.done + 1, begun: ran.begun, verified: false };
    }
    ({ done } = ran);
  }
  if (to < batches.length || soFar.verified) return { ...soFar, done, begun: to };
  tell(context, host, 'verifying');
  const { left, view } = await differencesLeft(meta, plan, to, session, context);
  if (left.length === 0) tell(context, host, 'applied', 'applied and verified');
  else tell(context, host, 'failed', 'applied, but not as intended');
  if (left.length === 0) {
    const flows = await cutFlows({ plan, session, begun: to, view }, context);
    return { plan, session, failure: null, done: steps.length, begun: to, verified: true, flows };
  }
  const detail = left.map((each) => `${each.title}: ${each.reason}`).join('\n');
  const unlike = new Failure('verify-failed', `${host} is not as intended after all steps were done`, { detail });
  return { plan, session, failure: unlike, done: steps.length, begun: to, verified: false };
}

const VERIFY_TRIES = 5;
const VERIFY_PAUSE_MS = 300;

/**
 * Observed again, the plan must be empty. Some things take a moment to show (an address that is still tentative). What brings the
 * state back when the host starts is taken down there while it is compared here: it counts with keeping the run, and goes with
 * undoing it.
 */
async function differencesLeft(
  meta: JournalMeta,
  plan: HostPlan,
  begun: number,
  session: HostSession,
  context: RunContext,
): Promise<{ readonly left: readonly Step[]; readonly view: HostView }> {
  const { kinds } = context;
  const state = desiredOf(meta.topology, plan);
  for (let attempt = 1; ; attempt += 1) {
    // A sign of life: an armed run that is being looked at does not hang.
    await session.run([inBatch({ argv: ['true'] }, begun)]);
    const view = await observeOnce(session, state, kinds);
    const laid = layDownKept({ plan, session, record: view.record }, meta, context);
    // Told of below, where comparing does not fail first.
    laid.catch(() => undefined);
    const left = isAsWanted(state, view, kinds) ? [] : planHost(state, view, kinds).steps;
    await laid;
    if (left.length === 0 || attempt === VERIFY_TRIES) return { left, view };
    await new Promise((resolve) => setTimeout(resolve, VERIFY_PAUSE_MS));
  }
}
