import type { HostPlan, PlanSummary, Plan, Step } from '../flow/plan.ts';
import { PLAN_FORMAT } from '../flow/plan.ts';

export function planOf(topology: string, hosts: readonly HostPlan[]): Plan {
  return { formatVersion: PLAN_FORMAT, topology, hosts, summary: summarize(hosts) };
}

function summarize(hosts: readonly HostPlan[]): PlanSummary {
  const count = { add: 0, change: 0, replace: 0, remove: 0 };
  for (const host of hosts) for (const step of host.steps) if (step.first && !goesAlong(step)) count[step.action] += 1;
  return { ...count, hosts: hosts.filter((host) => host.steps.length > 0).length };
}

/** Gone with something else, by no command of its own (an address with its link): in the plan, but nothing to read about. */
export function goesAlong(step: Pick<Step, 'action'> & { readonly commands: readonly unknown[] }): boolean {
  return step.action === 'remove' && step.commands.length === 0;
}

/** The last line of a plan's text. A replacement counts as one added and one removed. */
export function summaryLine({ add, change, replace, remove, hosts }: PlanSummary): string {
  if (add + change + replace + remove === 0) return 'No changes.';
  const counts = `${String(add + replace)} to add, ${String(change)} to change, ${String(remove + replace)} to remove`;
  return `Plan: ${counts} on ${String(hosts)} host${hosts === 1 ? '' : 's'}.`;
}
