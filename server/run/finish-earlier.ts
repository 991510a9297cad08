/**
 * Stage: hosts as intended → what earlier runs left there, over. A run of this topology that broke off, where nothing is left to
 * change after it, is kept: the host is as wanted. And flows that rules of earlier runs have let in are judged by what stands now.
 */
import { eachAtMost } from '../core/at-most.ts';
import type { FlowsJudged } from '../flow/run.ts';
import type { RunContext } from './context.ts';
import { settleFlows } from './flows-owed.ts';
import type { HostWork } from './host-run.ts';
import { keepRun } from './journal.ts';
import type { JournalMeta } from './journal.ts';
import type { HostRun } from './take-back.ts';

const AT_ONCE = 32;

export async function keepBrokenOff(work: readonly HostWork[], { topology }: JournalMeta): Promise<void> {
  await eachAtMost(AT_ONCE, work, async ({ plan, session, over }) => {
    if (over?.topology === topology && plan.steps.length === 0) await keepRun(session, over.run, 'done');
  });
}

export function judgeEarlier(
  runs: readonly HostRun[],
  work: readonly HostWork[],
  context: RunContext,
): Promise<readonly HostRun[]> {
  const owedOn = new Map(work.map(({ plan, owed }) => [plan.host, owed]));
  return eachAtMost(AT_ONCE, runs, async (run) => {
    const owed = owedOn.get(run.plan.host) ?? [];
    const flows = owed.length === 0 ? [] : await settleFlows(run.session, context, owed);
    return flows.length === 0 ? run : { ...run, flows: together([...(run.flows ?? []), ...flows]) };
  });
}

/** Of one network stack one: the last look tells what is left, and all of them what was cut. */
function together(all: readonly FlowsJudged[]): readonly FlowsJudged[] {
  return [...Map.groupBy(all, ({ scope }) => scope).values()].flatMap((own) => {
    const last = own.at(-1);
    const unknown = own.find(({ cut }) => cut === null);
    if (last === undefined) return [];
    return unknown ?? { ...last, cut: own.reduce((sum, { cut }) => sum + (cut ?? 0), 0) };
  });
}
