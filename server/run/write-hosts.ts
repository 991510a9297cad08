/**
 * Stage: plans that were made again under the lock → hosts changed, and kept, waiting or as they were. What would undo it lies
 * on every host of the run, armed, before the first write on any: a host that cannot take it down stops the run while nothing
 * has changed anywhere, and whichever host fails later, the others can still go back.
 */
import { Failure } from '../core/failure.ts';
import type { HostPlan, ShownPlan } from '../flow/plan.ts';
import type { HostRunResult } from '../flow/run.ts';
import { wavesOf } from '../plan/waves.ts';
import type { Wave } from '../plan/waves.ts';
import type { Consent } from './consent.ts';
import type { RunContext } from './context.ts';
import { tell } from './tell.ts';
import { armHosts, disarmHosts, windowFor } from './host-run.ts';
import type { HostWork } from './host-run.ts';
import type { JournalMeta } from './journal.ts';
import { settleIdle } from './keep-boot.ts';
import { keepHosts, startWaiting, withAtBoot } from './keep.ts';
import { refuseCuts } from './own-path.ts';
import { whenSent } from './sessions.ts';
import { hostResult, takeAllBack } from './take-back.ts';
import type { HostRun } from './take-back.ts';
import { judgeEarlier, keepBrokenOff } from './finish-earlier.ts';
import { runWaves } from './waves.ts';

export interface Written {
  /** Something may have been written. */
  readonly begun: boolean;
  readonly hosts: readonly HostRunResult[];
  /** To be confirmed over new connections. */
  readonly waiting: readonly HostRun[];
  /** When the first of those that wait goes back; `null` where none does. */
  readonly until: string | null;
}

/** An apply that nobody waits to confirm, over a way that it can cut, is given so long to be confirmed by itself. */
const BY_ITSELF_S = 60;
/** Hosts changed at a time, where nobody says how many. */
const PARALLEL = 6;

export async function writeHosts(
  work: readonly HostWork[],
  plan: ShownPlan,
  meta: JournalMeta,
  context: RunContext,
  agreed: Consent,
): Promise<Written> {
  const { parallel = PARALLEL, canary, keepGoing = false } = agreed;
  const plans = work.map((host) => host.plan);
  const waves = (context.wavesOf ?? wavesOf)(plans, { parallel, canary });
  const changing = work.filter((host) => host.plan.steps.length > 0);
  if (changing.length === 0) {
    await keepBrokenOff(work, meta);
    const atBoot = await settleIdle(work, meta, context);
    const settled = await judgeEarlier(work.map(unchanged), work, context);
    return finished(
      settled.map((host) => withAtBoot(hostResult(host), atBoot)),
      { begun: false },
    );
  }
  refuseCuts(
    changing.map((host) => host.plan),
    agreed,
  );
  const consent = waitingForPerson(agreed, changing, context);
  const canLosePath = changing.some((host) => context.connectionOf(host.plan.host).canLosePath === true);
  const askedS = consent.confirmWithinS ?? (canLosePath ? BY_ITSELF_S : 0);
  const windowS = (host: HostPlan): number => (askedS === 0 ? 0 : windowFor(host, askedS));
  sayLonger(changing, windowS, consent, context);
  await readyToWrite(changing, plan, { meta, context, windowS });
  for (const each of changing) tell(context, each.plan.host, 'ready');
  const runs = await runWaves(work, { waves, parallel, keepGoing, windowS }, meta, context);
  const lost = lostHosts(runs, waves, keepGoing);
  const back = await takeAllBack(
    meta,
    runs.filter(({ plan: { host } }) => lost.has(host)),
    context,
  );
  const kept = runs.filter(({ plan: { host } }) => !lost.has(host));
  const settled = await settle(kept, { work, meta, context, consent, windowS, askedS });
  return { ...settled, hosts: [...back, ...settled.hosts] };
}

/**
 * The run is in the history, and what undoes it on every host: both at once, for the hosts are at work meanwhile. Throws where
 * one of them cannot be; nothing of the run is left on any host then.
 */
async function readyToWrite(
  changing: readonly HostWork[],
  plan: ShownPlan,
  { meta, context, windowS }: Pick<Settling, 'meta' | 'context' | 'windowS'>,
): Promise<void> {
  const { run, topology } = meta;
  const begun = { type: 'begun', run, topology, hosts: changing.map((host) => host.plan.host), plan } as const;
  // What would have undone a run that broke off goes with arming this one: not before it is sure that this one can be begun.
  const supersedes = changing.some(({ over }) => over !== null);
  if (supersedes) await context.log?.(begun);
  const arming = armHosts(changing, meta, windowS, context);
  await whenSent(
    changing.map(({ session }) => session),
    arming,
  );
  const [armed, logged] = await Promise.allSettled([arming, supersedes ? undefined : context.log?.(begun)]);
  if (logged.status === 'rejected') {
    if (armed.status === 'fulfilled') await disarmHosts(changing, meta);
    throw logged.reason;
  }
  if (armed.status === 'fulfilled') return;
  await context.log?.({ type: 'undone', run, hosts: [], problems: [] });
  throw armed.reason;
}

/**
 * On the machine itself a new session shows nothing of the way that somebody has come by: where that is cut he has to come again
 * and confirm, and is given so many seconds.
 */
const COME_AGAIN_S = 300;

function waitingForPerson(consent: Consent, changing: readonly HostWork[], { connectionOf }: RunContext): Consent {
  const here = changing.some(({ plan }) => plan.cuts.length > 0 && connectionOf(plan.host).canLosePath !== true);
  return here && consent.confirmWithinS === undefined ? { ...consent, confirmWithinS: COME_AGAIN_S } : consent;
}

/** Those that go back: all where one failed; or, where the run went on, that one and those that depend on it. */
function lostHosts(runs: readonly HostRun[], waves: readonly Wave[], keepGoing: boolean): ReadonlySet<string> {
  const failed = new Set(runs.filter(({ failure }) => failure !== null).map(({ plan }) => plan.host));
  if (failed.size === 0) return failed;
  const unfinished = runs.filter(({ verified }) => !keepGoing || !verified).map(({ plan }) => plan.host);
  const dependent = waves.filter(({ hosts, together }) => together && hosts.some((host) => failed.has(host)));
  return new Set([...failed, ...unfinished, ...dependent.flatMap(({ hosts }) => hosts)]);
}

interface Settling {
  readonly work: readonly HostWork[];
  readonly meta: JournalMeta;
  readonly context: RunContext;
  readonly consent: Consent;
  readonly windowS: (host: HostPlan) => number;
  /** 0: nothing is armed. */
  readonly askedS: number;
}

/** What was changed and verified is kept, or waits; where that cannot be, it is taken back. */
async function settle(
  runs: readonly HostRun[],
  { work, meta, context, consent, windowS, askedS }: Settling,
): Promise<Written> {
  const changed = runs.filter(({ plan }) => plan.steps.length > 0);
  if (changed.length === 0) return finished(runs.map(hostResult));
  try {
    await keepBrokenOff(work, meta);
    const idle = await settleIdle(runs, meta, context);
    if (askedS === 0) {
      const atBoot = new Map([...idle, ...(await keepHosts(meta.run, changed))]);
      for (const { plan } of changed) tell(context, plan.host, 'kept');
      return finished((await judgeEarlier(runs, work, context)).map((each) => withAtBoot(hostResult(each), atBoot)));
    }
    const until = await startWaiting(meta.run, changed, ({ plan }) => windowS(plan));
    const waiting = await judgeEarlier(runs, work, context);
    if (consent.confirmWithinS === undefined) return { begun: true, hosts: [], waiting, until };
    return finished(
      waiting.map((each) =>
        each.plan.steps.length === 0 ? hostResult(each) : { ...hostResult(each), confirmed: false, until },
      ),
    );
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    const failed = runs.map((each) => ({ ...each, failure }));
    return finished(await takeAllBack(meta, failed, context));
  }
}

function finished(hosts: readonly HostRunResult[], { begun } = { begun: true }): Written {
  return { begun, hosts, waiting: [], until: null };
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
