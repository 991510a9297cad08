/** Changes of links in stages: what lets packets through is taken away first and given last. */
import type { Effect } from '../flow/plan.ts';
import type { Resource } from '../flow/resource.ts';
import { sameJson } from '../core/json.ts';
import type { Stage } from './kind.ts';

/** Leaves out stages that lead to where the one before has led already; the last is kept if nothing else is left. */
export function stagesThrough<R extends Resource>(
  before: R | undefined,
  list: readonly (readonly [Effect, R])[],
): readonly Stage<R>[] {
  const stages: Stage<R>[] = [];
  let reached = before;
  for (const [effect, state] of list) {
    if (reached !== undefined && sameJson(reached, state)) continue;
    stages.push({ effect, state });
    reached = state;
  }
  return stages;
}

export const GONE: readonly Stage<never>[] = [{ effect: 'removes', state: undefined }];
