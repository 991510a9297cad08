/**
 * Stage: armed hosts → changed, wave by wave (see `plan/waves.ts`), and within a wave of hosts that depend on each other phase
 * by phase. The first host that fails ends it: no further host, phase or wave is begun, unless the run is to go on.
 */
import { eachAtMost } from '../core/at-most.ts';
import type { HostPlan } from '../flow/plan.ts';
import type { Wave } from '../plan/waves.ts';
import { keepAlive } from './alive.ts';
import type { Alive } from './alive.ts';
import type { RunContext } from './context.ts';
import { tell } from './tell.ts';
import { notBegun, runPhase } from './host-run.ts';
import type { HostWork } from './host-run.ts';
import type { JournalMeta } from './journal.ts';
import type { HostRun } from './take-back.ts';

export interface WaveRun {
  readonly waves: readonly Wave[];
  /** So many hosts at a time. */
  readonly parallel: number;
  /** Goes on with the next wave where one fails; not behind a canary. */
  readonly keepGoing: boolean;
  readonly windowS: (plan: HostPlan) => number;
}

/** What every host of the run came to; all are at rest, and still armed. */
export async function runWaves(
  work: readonly HostWork[],
  { waves, parallel, keepGoing, windowS }: WaveRun,
  meta: JournalMeta,
  context: RunContext,
): Promise<readonly HostRun[]> {
  const runs = new Map(work.map((host) => [host.plan.host, notBegun(host)]));
  const resting = new Map<string, Alive>();
  const rest = (run: HostRun): void => {
    const { plan, session, begun } = run;
    if (plan.steps.length === 0 || begun === null || run.failure !== null) return;
    resting.set(plan.host, keepAlive(session, begun, windowS(plan)));
  };
  const wake = async (host: string): Promise<HostRun> => {
    const run = runs.get(host);
    if (run === undefined) throw new TypeError(`no host ${host} in this run`);
    const lost = await resting.get(host)?.stop();
    resting.delete(host);
    if (lost === undefined || lost === null) return run;
    const failed = { ...run, failure: lost, begun: null, done: run.plan.steps.length, verified: false };
    runs.set(host, failed);
    return failed;
  };

  let ended = 0;
  const total = waves.reduce((sum, { hosts }) => sum + hosts.length, 0);
  const goOn = async (host: string, phase: number, last: boolean): Promise<void> => {
    const woken = await wake(host);
    const run = woken.failure === null ? await runPhase(woken, phase, meta, context) : woken;
    runs.set(host, run);
    rest(run);
    if (last || run.failure !== null) context.count?.('hosts applied', (ended += 1), total);
    else tell(context, host, 'waiting for the others');
    if (run.failure !== null) throw new HostFailed();
  };

  for (const host of runs.values()) rest(host);
  for (const wave of waves) {
    const good = await runWave(wave, parallel, goOn);
    const canaryFailed = wave.canary !== null && runs.get(wave.canary)?.failure !== null;
    if (!good && (!keepGoing || canaryFailed)) break;
  }
  await Promise.all([...runs.keys()].map(wake));
  return work.map(({ plan, ...host }) => runs.get(plan.host) ?? notBegun({ plan, ...host }));
}

/** Only to stop the others of a wave; what failed is in what the host came to. */
class HostFailed extends Error {}

const PHASES = [0, 1, 2] as const;
const LAST = 2;

async function runWave(
  { hosts, together, canary }: Wave,
  parallel: number,
  goOn: (host: string, phase: number, last: boolean) => Promise<void>,
): Promise<boolean> {
  try {
    for (const phase of together ? PHASES : [LAST]) {
      if (canary !== null) await goOn(canary, phase, phase === LAST);
      const others = hosts.filter((host) => host !== canary);
      await eachAtMost(parallel, others, (host) => goOn(host, phase, phase === LAST));
    }
    return true;
  } catch (error) {
    if (error instanceof HostFailed) return false;
    throw error;
  }
}
