import { randomBytes } from 'node:crypto';
import { Failure } from '../core/failure.ts';
import type { GraphDocument } from '../flow/graph.ts';
import type { Model } from '../flow/model.ts';
import type { ShownPlan } from '../flow/plan.ts';
import type { Plan } from '../api/schema/plan.ts';

/** A plan that somebody was shown, with all that it takes to carry it out: nobody sends a plan here. */
export interface KeptPlan {
  readonly id: string;
  /** Of the topology that it was made of; `null` where its file is not in the folder. */
  readonly name: string | null;
  readonly lab: boolean;
  readonly plan: ShownPlan;
  readonly agree: Plan['agree'];
  readonly fingerprint: string;
  readonly access: Readonly<Record<string, string>>;
  /** As an absolute path. */
  readonly file: string | null;
  readonly model: Model | null;
  readonly graph: GraphDocument | null;
  readonly files: readonly { readonly name: string; readonly text: string }[] | null;
  /** The run that carrying it out undoes. */
  readonly undoes: string | null;
  readonly until: number;
}

export interface KeptPlans {
  keep(plan: Omit<KeptPlan, 'id' | 'until'>): KeptPlan;
  /** Hands it out once. Throws `stale-plan` where it is not kept any more, `usage` where it is another topology's or run's. */
  take(id: string, of: PlanOf): KeptPlan;
  /** The same without taking it out. */
  look(id: string, of: PlanOf): KeptPlan;
}

/** What a plan has to be of: a topology of the folder, or the undoing of a run. */
export type PlanOf = { readonly name: string } | { readonly undoes: string };

const KEPT_MS = 15 * 60_000;
const MOST = 16;

export function keepPlans(now: () => number = Date.now): KeptPlans {
  const plans = new Map<string, KeptPlan>();
  const look = (id: string, of: PlanOf): KeptPlan => {
    const found = plans.get(id);
    if (found === undefined || found.until < now()) {
      plans.delete(id);
      throw new Failure('stale-plan', 'This plan is not kept any more', {
        detail: 'A plan is kept for a quarter of an hour, and carried out once. Nothing was changed.',
        toDo: ['Make the plan again and look at it.'],
      });
    }
    const fits = 'name' in of ? found.undoes === null && found.name === of.name : found.undoes === of.undoes;
    if (!fits) throw new Failure('usage', 'This plan is of something else', { detail: 'Nothing was changed.' });
    return found;
  };
  return {
    keep(plan) {
      const kept = { ...plan, id: randomBytes(16).toString('base64url'), until: now() + KEPT_MS };
      plans.set(kept.id, kept);
      for (const oldest of plans.keys()) {
        if (plans.size <= MOST) break;
        plans.delete(oldest);
      }
      return kept;
    },
    look,
    take(id, of) {
      const found = look(id, of);
      plans.delete(id);
      return found;
    },
  };
}
