/**
 * Stage: a host as it is wanted → what brings that back when it starts. Of a run that changed something it is laid down beside
 * the run, and comes with keeping it (an unconfirmed run never gets that far); where nothing had to be changed it is compared.
 */
import { Failure } from '../core/failure.ts';
import type { HostRecord } from '../flow/hostview.ts';
import type { HostPlan } from '../flow/plan.ts';
import type { AtBoot } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import { NOTHING_OBSERVED } from '../plan/host.ts';
import { bootFiles, digestOf } from './boot-files.ts';
import type { BootFiles } from './boot-files.ts';
import type { RunContext } from './context.ts';
import type { JournalMeta } from './journal.ts';
import { isKept, settleKept, stageProgram } from './kept.ts';
import { observeFor } from './observe.ts';
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

function filesOf({ plan, record }: AppliedHost, meta: JournalMeta, { kinds }: RunContext): BootFiles {
  const fromNothing = plan.fingerprint === NOTHING_OBSERVED;
  return bootFiles({ meta, desired: desiredOf(meta.topology, plan), record, fromNothing }, kinds);
}

/**
 * For a host where nothing had to be changed: a run that was cut off right after it was kept, or one of a version that kept
 * nothing, is made up for. `null`: it was kept already.
 */
export async function settleUnchanged(
  { plan, session }: Omit<AppliedHost, 'record'>,
  meta: JournalMeta,
  context: RunContext,
): Promise<AtBoot | null> {
  const desired = desiredOf(meta.topology, plan);
  const digest = desired.resources.size === 0 ? '' : digestOf(desired);
  if (await isKept(session, meta.topology, digest)) return null;
  const { record } = await observeFor(session, desired, context.kinds);
  return settleKept(session, meta.run, filesOf({ plan, session, record }, meta, context));
}
