import type { Place } from '../core/place.ts';
import type { ScalarNode } from './tree.ts';

const STAND_IN_NAME = 'unnamed';

/** A sound name for a file whose own can't be used: nothing is made of a file with errors, but it is looked through. */
export function standIn(place: Place): ScalarNode {
  return { type: 'scalar', value: STAND_IN_NAME, text: STAND_IN_NAME, place, inside: null };
}
