/**
 * Stage: a host as it is wanted → what brings that back when it starts. Of a run that changed something it is laid down beside
 * the run, and comes with keeping it (an unconfirmed run never gets that far); where nothing had to be changed it is compared.
 */
import { eachAtMost } from '../core/at-most.ts';
import { Failure } from '../core/failure.ts';
import type { HostRecord } from '../flow/hostview.ts';
import type { HostPlan } from '../flow/plan.ts';
import type { AtBoot } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import { NOTHING_OBSERVED } from '../plan/host.ts';
import { bootFiles, digestOf, firstCreation } from './boot-files.ts';
import type { BootFiles, FirstCreation } from './boot-files.ts';
import type { RunContext } from './context.ts';
import type { JournalMeta } from './journal.ts';
import { isKept, settleKept, stageProgram } from './kept.ts';
import { observeOnce } from './observe.ts';
import { desiredOf } from './take-back.ts';

interface AppliedHost {
  readonly plan: HostPlan;
  readonly session: HostSession;
  /** As it is now that the plan is carried out. */
  readonly record: HostRecord | null;
}

/** Throws `journal` where the host has no room for it. */
export async function layDownKept(host: AppliedHost, meta: JournalMeta, context: RunContext): Promise<void> {
  const { plan, session } = host;
  const [result] = await session.run([stageProgram('run/boot', filesOf(host, meta, context))]);
  if (result?.exitCode === 0) return;
  throw new Failure('journal', `${plan.host} could not take down what brings this back when it starts`, {
    detail: result?.stderr.toString('utf8').trim() ?? 'It did not answer.',
    toDo: [`Look at /run/trunkline on ${plan.host}: it has to be writable, with some room left.`],
  });
}

const prepared = new WeakMap<HostPlan, FirstCreation>();

/** What takes time and needs nothing but the plan: for while the host is at work. */
export function prepareKept(plan: HostPlan, { topology }: JournalMeta, { kinds }: RunContext): FirstCreation {
  const known = prepared.get(plan) ?? firstCreation(desiredOf(topology, plan), kinds);
  prepared.set(plan, known);
  return known;
}

function filesOf({ plan, record }: AppliedHost, meta: JournalMeta, context: RunContext): BootFiles {
  const fromNothing = plan.fingerprint === NOTHING_OBSERVED;
  return bootFiles(prepareKept(plan, meta, context), { meta, record, fromNothing }, context.kinds);
}

/**
 * Hosts where nothing had to be changed: a run that was cut off right after it was kept, or one of a version that kept nothing,
 * is made up for there. Answers with those where it was.
 */
export async function settleIdle(
  hosts: readonly Pick<AppliedHost, 'plan' | 'session'>[],
  meta: JournalMeta,
  context: RunContext,
): Promise<ReadonlyMap<string, AtBoot>> {
  const idle = hosts.filter(({ plan }) => plan.steps.length === 0);
  const settled = await eachAtMost(AT_ONCE, idle, async (host): Promise<readonly (readonly [string, AtBoot])[]> => {
    const atBoot = await settleUnchanged(host, meta, context);
    return atBoot === null ? [] : [[host.plan.host, atBoot]];
  });
  return new Map(settled.flat());
}

const AT_ONCE = 32;

async function settleUnchanged(
  { plan, session }: Pick<AppliedHost, 'plan' | 'session'>,
  meta: JournalMeta,
  context: RunContext,
): Promise<AtBoot | null> {
  const desired = desiredOf(meta.topology, plan);
  const digest = desired.resources.size === 0 ? '' : digestOf(desired);
  if (await isKept(session, meta.topology, digest)) return null;
  const { record } = await observeOnce(session, desired, context.kinds);
  return settleKept(session, meta.run, filesOf({ plan, session, record }, meta, context));
}
