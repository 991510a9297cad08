/** The batches of a host's plan, by phase: no batch reaches from one phase into the next. */
import type { HostPlan } from '../flow/plan.ts';
import { phaseCuts } from '../plan/together.ts';
import { batchesOf } from './inverse.ts';
import type { Batch } from './batch.ts';

export interface Parts {
  readonly batches: readonly Batch[];
  /** By phase: how many batches are done when it is over. */
  readonly ends: readonly number[];
}

type Planned = Pick<HostPlan, 'together' | 'steps'>;

/** Asked for by each stage of a run, for the plan that it is a run of. */
const known = new WeakMap<Planned, Parts>();

export function partsOf(plan: Planned): Parts {
  const parts = known.get(plan) ?? cut(plan);
  known.set(plan, parts);
  return parts;
}

function cut(plan: Planned): Parts {
  const edges = [0, ...phaseCuts(plan), plan.steps.length];
  const batches: Batch[] = [];
  const ends = edges.slice(1).map((end, index) => {
    batches.push(...batchesOf(plan.steps.slice(0, end), edges[index]));
    return batches.length;
  });
  return { batches, ends };
}
