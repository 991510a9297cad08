import type { Stage } from '../kind.ts';
import { GONE, stagesThrough } from '../link-stages.ts';
import { commonMemberships } from '../link-vlans.ts';
import type { Bond } from './resource.ts';

/** Made down, and up once all else stands; what the wire is to lose, it loses first. */
export function bondStages(before: Bond | undefined, after: Bond | undefined): readonly Stage<Bond>[] {
  if (after === undefined) return GONE;
  if (before === undefined) {
    return stagesThrough(before, [
      ['builds', { ...after, up: false }],
      ['opens', after],
    ]);
  }
  const stays = before.bridge === after.bridge;
  const wire = {
    bridge: stays ? before.bridge : null,
    vlans: stays ? commonMemberships(before.vlans, after.vlans) : [],
    foreign: stays && before.foreign,
    up: before.up && after.up,
  };
  return stagesThrough(before, [
    ['closes', { ...before, ...wire }],
    ['builds', { ...after, ...wire }],
    ['opens', after],
  ]);
}
