import { showCommand } from '../flow/command.ts';
import type { Reachability } from '../flow/reachability.ts';
import type { HostPlan, Plan, ShownPlan, ShownStep, Step } from '../flow/plan.ts';

export interface PlanDocument extends Omit<ShownPlan, 'access'> {
  readonly drift: readonly Drift[];
  readonly reachability: Reachability | null;
  readonly notes: readonly string[];
}

/** The JSON of a plan. Traffic that was not judged is `null`, with a note. */
export function planDocument(plan: Plan, reachability: Reachability | null = null): PlanDocument {
  const { formatVersion, topology, hosts, summary } = showPlan(plan);
  return {
    formatVersion,
    topology,
    hosts,
    drift: plan.hosts.flatMap(driftOf),
    reachability,
    notes:
      reachability === null
        ? ['reachability: which traffic becomes possible or impossible was not judged']
        : reachability.notes.map((note) => `reachability: ${note}`),
    summary,
  };
}

/** The plan with its commands as argv and stdin. */
export function showPlan(plan: Plan): ShownPlan {
  return { ...plan, hosts: plan.hosts.map((host) => ({ ...host, steps: host.steps.map(showStep) })) };
}

export function showStep(step: Step): ShownStep {
  return { ...step, commands: step.commands.map(showCommand), undo: step.undo.map(showCommand) };
}

/** One field of one resource of ours that is not as wanted. */
export interface Drift {
  readonly host: string;
  readonly resource: string;
  readonly field: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** Differences of what exists; what is wanted and missing, or ours and no longer wanted, has the field `present`. */
export function driftOf(host: HostPlan): readonly Drift[] {
  return host.steps
    .filter((step) => step.first)
    .flatMap((step): readonly Drift[] => {
      const at = { host: host.host, resource: step.resource };
      if (step.action === 'add') return [{ ...at, field: 'present', expected: true, found: false }];
      if (step.action === 'remove') return [{ ...at, field: 'present', expected: false, found: true }];
      return step.fields.map((each) => ({ ...at, ...each }));
    });
}
