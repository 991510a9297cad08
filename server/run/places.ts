import type { RelatedPlace } from '../core/diagnostic.ts';
import type { Model } from '../flow/model.ts';

/** Where the entry stands that a rule comes from, by the id that the rule carries. */
export function placesOf(model: Model): ReadonlyMap<string, RelatedPlace> {
  const places = new Map<string, RelatedPlace>();
  const add = (each: { readonly id: string; readonly place: RelatedPlace | Omit<RelatedPlace, 'message'> }): void => {
    places.set(each.id, { ...each.place, message: 'this decides' });
  };
  for (const each of model.policy) add(each);
  for (const { masquerades, publishes, oneToOnes, balances, intercepts } of model.gateways.values())
    for (const each of [...masquerades, ...publishes, ...oneToOnes, ...balances, ...intercepts]) add(each);
  return places;
}
