/**
 * Stage: a run that failed → the hosts as they were. Each host undoes what it did and is observed again: only what is seen to
 * be as before counts as undone; the rest is told apart by what is in place and what a person has to do.
 */
import { eachAtMost } from '../core/at-most.ts';
import { Failure, failureDocument } from '../core/failure.ts';
import type { FailureDetails, FailureDocument } from '../core/failure.ts';
import type { HostPlan, Step } from '../flow/plan.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { FlowsJudged, HostRunResult, StepResult } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import { planHost } from '../plan/host.ts';
import { settleFlows } from './flows-owed.ts';
import { inverseOf } from './inverse.ts';
import { inBatch, undoRun } from './journal.ts';
import type { JournalMeta } from './journal.ts';
import { observeFor } from './observe.ts';
import { partsOf } from './parts.ts';
import type { RunContext } from './context.ts';
import { tell } from './tell.ts';

/** What one host came to, with the means to take it back while its lock is held. */
export interface HostRun {
  readonly plan: HostPlan;
  readonly session: HostSession;
  readonly failure: Failure | null;
  readonly done: number;
  /** The last batch that may have taken effect; `null` where only the host knows. */
  readonly begun: number | null;
  readonly verified: boolean;
  /** Established flows that were looked at. */
  readonly flows?: readonly FlowsJudged[];
}

export function hostResult({ plan, verified, flows = [] }: HostRun): HostRunResult {
  const result = plan.steps.length === 0 ? 'unchanged' : 'applied';
  return {
    host: plan.host,
    result,
    steps: stepResults(plan.steps, () => 'done'),
    verified,
    confirmed: null,
    until: null,
    failure: null,
    ...(flows.length === 0 ? {} : { flows }),
  };
}

/**
 * Takes all of these hosts back. What those that depend on each other have opened is closed on all of them before anything else
 * is undone on one: until then each stands as the others expect it.
 */
export async function takeAllBack(
  meta: JournalMeta,
  runs: readonly HostRun[],
  context: RunContext,
): Promise<readonly HostRunResult[]> {
  await eachAtMost(AT_ONCE, runs, withdrawOpening);
  const results = new Map<string, HostRunResult>();
  const back = (some: readonly HostRun[]): Promise<unknown> =>
    eachAtMost(AT_ONCE, some, async (run) => results.set(run.plan.host, await takeBack(meta, run, context)));
  // Of those whose session has died nobody knows what they have opened.
  await back(runs.filter(({ begun }) => begun === null));
  await back(runs.filter(({ begun }) => begun !== null));
  return runs.map((run) => results.get(run.plan.host) ?? hostResult(run));
}

/** The host is what works. */
const AT_ONCE = 32;

/**
 * Undoes the third phase, in one exchange. What fails here is tried again by the host, with all the rest, and told of then: so
 * does what a host does that cannot be spoken to.
 */
async function withdrawOpening({ plan, session, begun }: HostRun): Promise<void> {
  const { batches, ends } = partsOf(plan);
  const [, before] = ends;
  if (plan.together !== true || before === undefined || begun === null || begun <= before) return;
  const programs = inverseOf(plan.steps, batches)
    .filter(({ after }) => after > before && after <= begun)
    .map(({ after, program }) => inBatch(program, after));
  // From then on there is only the rest to undo.
  const closed = inBatch({ argv: ['true'] }, before);
  try {
    await session.run([...programs, closed]);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/**
 * The host undoes what it did, by what lies there, and is looked at: what is as it was before counts as undone, the rest is
 * named. A session that has died is opened anew.
 */
async function takeBack(meta: JournalMeta, run: HostRun, context: RunContext): Promise<HostRunResult> {
  const { plan, session, begun } = run;
  const { host, steps } = plan;
  if (steps.length === 0) return hostResult(run);
  if (begun === 0 && run.failure === null) return dismiss(meta, run, context);
  tell(context, host, 'taking back', 'taking back');
  const failure = run.failure ?? new Failure('step-failed', 'Undone because another host of the run failed');
  try {
    return await undoOver(session, meta, run, failure, context);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undoOverNew(meta, run, failure, context);
  }
}

/** Its turn had not come: what would have undone it goes. */
async function dismiss(
  { run: id }: JournalMeta,
  { plan, session }: HostRun,
  context: RunContext,
): Promise<HostRunResult> {
  const { host, steps } = plan;
  try {
    await undoRun(session, id, 0);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.progress?.(`${host}: nothing was changed there, but it does not answer any more: ${error.message}`);
  }
  tell(context, host, 'as it was');
  const notReached = stepResults(steps, () => 'not-reached');
  const nothing = { verified: null, confirmed: null, until: null, failure: null };
  return { host, result: 'not-started', steps: notReached, ...nothing };
}

async function undoOverNew(
  meta: JournalMeta,
  run: HostRun,
  failure: Failure,
  context: RunContext,
): Promise<HostRunResult> {
  try {
    const session = await context.connectionOf(run.plan.host).open({ lock: true, fresh: true });
    try {
      return await undoOver(session, meta, run, failure, context);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return lostResult(meta.run, run, failure, error);
  }
}

async function undoOver(
  session: HostSession,
  { run: id, topology }: JournalMeta,
  run: HostRun,
  failure: Failure,
  context: RunContext,
): Promise<HostRunResult> {
  const { kinds } = context;
  const { plan, begun } = run;
  const undone = await undoRun(session, id, begun ?? undefined);
  const state = desiredOf(topology, plan);
  const now = planHost(state, await observeFor(session, state, kinds), kinds);
  const problems = undone.ended === null ? undone.answer : [];
  tell(context, plan.host, now.fingerprint === plan.fingerprint ? 'as it was' : 'failed');
  // What the rules of the run have let in meanwhile is judged by those that stand again.
  const flows = await settleFlows(session, context);
  const result =
    now.fingerprint === plan.fingerprint ? undoneResult(run, failure) : halfDoneResult(run, failure, now, problems);
  return flows.length === 0 ? result : { ...result, flows };
}

function undoneResult({ plan, done }: HostRun, failure: Failure): HostRunResult {
  const undone = plan.steps.slice(0, done).filter((step) => step.first);
  const document = told(failure, { undone: undone.map((step) => step.title) });
  return failedResult(plan, 'undone', document, (index) => stepState(failure, index, done, 'undone'));
}

/** Neither as before nor as intended: what is still there is told apart by what a plan would have to do now. */
function halfDoneResult(
  { plan, done }: HostRun,
  failure: Failure,
  now: HostPlan,
  problems: readonly string[],
): HostRunResult {
  const left = new Set(now.steps.map((step) => step.resource));
  const touched = plan.steps.slice(0, done).filter((step) => step.first);
  const document = told(failure, {
    inPlace: touched.filter((step) => !left.has(step.resource)).map((step) => step.title),
    undone: touched.filter((step) => left.has(step.resource)).map((step) => step.title),
    toDo: [
      `Look at ${plan.host}: it is neither as before nor as intended.`,
      ...problems,
      'Then apply again, or destroy.',
    ],
  });
  return failedResult(plan, 'failed', document, (index) => stepState(failure, index, done, 'undo-failed'));
}

/** The host stopped answering: nobody knows how far it got. */
function lostResult(id: string, { plan, done }: HostRun, failure: Failure, lost: Failure): HostRunResult {
  const document = told(failure, {
    toDo: [
      `${plan.host} does not answer any more (${lost.message}${lost.detail === undefined ? '' : `: ${lost.detail}`}): what is in place there is not known.`,
      `When it answers again, look with \`trunkline status\`. An armed run it undoes by itself; else: trunkline rollback ${id}, or apply again.`,
    ],
  });
  return failedResult(plan, 'failed', document, (index) => stepState(failure, index, done, 'undo-failed'));
}

export function told(failure: Failure, three: Omit<FailureDetails, 'detail' | 'cause'>): FailureDocument {
  const detail = failure.detail === undefined ? {} : { detail: failure.detail };
  return failureDocument(new Failure(failure.kind, failure.message, { ...detail, ...three }));
}

function stepState(
  failure: Failure,
  index: number,
  done: number,
  otherwise: StepResult['result'],
): StepResult['result'] {
  if (index >= done) return 'not-reached';
  return failure.kind === 'step-failed' && index === done - 1 ? 'failed' : otherwise;
}

export function failedResult(
  { host, steps }: HostPlan,
  result: HostRunResult['result'],
  failure: FailureDocument,
  resultOf: (index: number) => StepResult['result'],
): HostRunResult {
  return { host, result, steps: stepResults(steps, resultOf), verified: false, confirmed: null, until: null, failure };
}

function stepResults(steps: readonly Step[], resultOf: (index: number) => StepResult['result']): readonly StepResult[] {
  return steps.map(({ id, action, resource, cost }, index) => ({
    id,
    action,
    resource,
    cost,
    result: resultOf(index),
  }));
}

export function desiredOf(topology: string, plan: Pick<HostPlan, 'host' | 'desired'>): DesiredState {
  return { topology, host: plan.host, resources: new Map(plan.desired.map((each) => [each.id, each])) };
}
