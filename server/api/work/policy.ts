/** Who can reach whom, and what is lost without hosts: places named as in the folder. */
import type { Place } from '../../core/place.ts';
import type { Model } from '../../flow/model.ts';
import type { Policy } from '../../run/policy-shapes.ts';
import { policyOf } from '../../run/policy.ts';
import type { Rehearsed, Worst } from '../../run/rehearsal.ts';
import { prepareRehearsal, rehearse, worstLosses } from '../../run/rehearsal.ts';
import type { Placement } from '../../run/placement.ts';
import { placementOf } from '../../run/placement.ts';
import type { PolicyAnswer } from '../schema/policy.ts';
import type { RehearsalAnswer } from '../schema/rehearsal.ts';

type NameOf = (path: string) => string;

const policies = new WeakMap<Model, Policy>();
const prepared = new WeakMap<Model, Rehearsed>();
const losses = new WeakMap<Model, Worst>();

export function policyAnswer(model: Model, nameOf: NameOf): Omit<PolicyAnswer, 'formatVersion' | 'diagnostics'> {
  const { from, to, cells, notes } = kept(policies, model, policyOf);
  return {
    ...{ from, to, notes },
    cells: cells.map((cell) => ({
      ...cell,
      flows: cell.flows.map((flow) => ({
        ...flow,
        by: flow.by.map(({ text, place }) => ({
          ...{ text, line: place?.line ?? null, file: place === null ? null : nameOf(place.file) },
        })),
      })),
    })),
  };
}

/** Throws `usage` where a host is not known. */
export function rehearsalAnswer(
  model: Model,
  hosts: readonly string[],
  nameOf: NameOf,
): Omit<RehearsalAnswer, 'formatVersion' | 'diagnostics'> {
  const found = rehearse(kept(prepared, model, prepareRehearsal), hosts);
  const inFolder = ({ file, line, column }: Place): Place => ({ file: nameOf(file), line, column });
  return { ...found, promises: found.promises.map((each) => ({ ...each, place: inFolder(each.place) })) };
}

export function worstAnswer(model: Model): Worst & { readonly placement: Placement } {
  const worst = kept(losses, model, () => worstLosses(kept(prepared, model, prepareRehearsal)));
  return { ...worst, placement: placementOf(model) };
}

/** Worked out once for a model, and forgotten with it. */
function kept<T>(known: WeakMap<Model, T>, model: Model, make: (model: Model) => T): T {
  const value = known.get(model) ?? make(model);
  known.set(model, value);
  return value;
}
