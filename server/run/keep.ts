/**
 * Stage: hosts written and verified → the run kept, or waiting for somebody to confirm it. A run that is armed is kept only
 * over connections that were opened after the change: that they come to stand is the proof that nobody is locked out.
 */
import { eachAtMost } from '../core/at-most.ts';
import { Failure } from '../core/failure.ts';
import type { HostRunResult, RunResult } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import type { RunContext } from './context.ts';
import { holdWindow, keepRun } from './journal.ts';
import { failedResult, hostResult, told } from './take-back.ts';
import type { HostRun } from './take-back.ts';
import { keepOnAll, rollbackRun } from './window.ts';
import type { WindowResult } from './window.ts';

/** Not armed: what would undo the run goes from the host. */
export async function keepHosts(run: string, work: readonly HostRun[]): Promise<void> {
  await Promise.all(
    work.map(async ({ session }) => {
      refuseEnded(session, (await keepRun(session, run, 'done')).ended);
    }),
  );
}

/** Armed: from now on the run waits, each host for its whole window. Answers with when the first of them goes back. */
export async function startWaiting(
  run: string,
  work: readonly HostRun[],
  windowS: (host: HostRun) => number,
): Promise<string> {
  const left = await Promise.all(
    work.map(async (host) => {
      const held = await holdWindow(host.session, run, windowS(host));
      refuseEnded(host.session, held.ended);
      return held.ended === null ? held.answer : 0;
    }),
  );
  return new Date(Date.now() + Math.min(...left) * 1000).toISOString();
}

function refuseEnded(session: HostSession, ended: string | null): void {
  if (ended === null) return;
  throw new Failure('pending', `${session.host} has undone the run by itself`, {
    detail: 'It took longer than the time that the host was told to wait for the next sign of it.',
    toDo: ['Apply again with a longer --confirm-within.'],
  });
}

/** @param runs written and verified, and waiting; their sessions are closed. */
export async function confirmByItself(
  { run, topology }: Pick<RunResult, 'run' | 'topology'>,
  runs: readonly HostRun[],
  until: string,
  context: RunContext,
): Promise<readonly HostRunResult[]> {
  const changed = runs.filter(({ plan }) => plan.steps.length > 0).map(({ plan }) => plan.host);
  try {
    const results = new Map((await keepOnAll(run, changed, context)).map((each) => [each.host, each.result]));
    return runs.map((each) => confirmedResult(run, each, results.get(each.plan.host), until));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.progress?.(`${topology}: not reached again after the change, taking back`);
    return eachAtMost(AT_ONCE, runs, (each) => unreached(run, each, until, error, context));
  }
}

const AT_ONCE = 32;

/** All were ready to keep it; what became of one that was lost in the moment between is its own. */
function confirmedResult(
  run: string,
  host: HostRun,
  result: WindowResult['result'] | undefined,
  until: string,
): HostRunResult {
  const { plan } = host;
  if (plan.steps.length === 0) return hostResult(host);
  if (result === 'confirmed') return { ...hostResult(host), confirmed: true };
  if (result === 'undone') {
    const failure = new Failure('pending', `${plan.host} has undone the run before it could be told to keep it`, {
      detail: 'Other hosts of the run have kept it.',
    });
    const undone = plan.steps.filter((step) => step.first).map((step) => step.title);
    const document = told(failure, { undone, toDo: ['Apply again to make all hosts as intended.'] });
    return failedResult(plan, 'undone', document, () => 'undone');
  }
  const failure = new Failure('host-unreachable', `${plan.host} did not say whether it has kept the run`, {
    detail: 'It was ready, and was told to; then it did not answer any more.',
  });
  const document = told(failure, {
    toDo: [
      `${plan.host} has either kept the run or undoes it by itself, at ${until} or soon after.`,
      `When it answers again: trunkline confirm ${run}, or look with trunkline status.`,
    ],
  });
  return { ...failedResult(plan, 'failed', document, () => 'done'), confirmed: false, until };
}

/** The hosts that can be reached go back now, the others by themselves. */
async function unreached(
  run: string,
  host: HostRun,
  until: string,
  failure: Failure,
  context: RunContext,
): Promise<HostRunResult> {
  const { plan } = host;
  if (plan.steps.length === 0) return hostResult(host);
  const undone = await rollbackRun(run, [plan.host], context).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  if (!(undone instanceof Failure)) {
    const problems = undone.flatMap((each) => each.problems);
    const document = told(failure, {
      undone: plan.steps.filter((step) => step.first).map((step) => step.title),
      toDo: problems,
    });
    return failedResult(plan, 'undone', document, () => 'undone');
  }
  const document = told(failure, {
    toDo: [
      `${plan.host} cannot be reached over a new connection (${undone.message}): it goes back by itself at ${until}.`,
      'Look at it then with trunkline status.',
    ],
  });
  return { ...failedResult(plan, 'failed', document, () => 'undone'), confirmed: false, until };
}
