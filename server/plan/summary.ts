import type { HostPlan, PlanSummary, Plan } from '../flow/plan.ts';
import { PLAN_FORMAT } from '../flow/plan.ts';
import { goesAlong } from '../flow/plan-words.ts';

export function planOf(topology: string, hosts: readonly HostPlan[]): Plan {
  return { formatVersion: PLAN_FORMAT, topology, hosts, summary: summarize(hosts) };
}

function summarize(hosts: readonly HostPlan[]): PlanSummary {
  const count = { add: 0, change: 0, replace: 0, remove: 0 };
  for (const host of hosts) for (const step of host.steps) if (step.first && !goesAlong(step)) count[step.action] += 1;
  return { ...count, hosts: hosts.filter((host) => host.steps.length > 0).length };
}
