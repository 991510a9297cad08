import type { Stage } from '../kind.ts';
import { stagesThrough } from '../link-stages.ts';
import { commonMemberships } from '../link-vlans.ts';
import type { Port } from './resource.ts';

/** Joining the wire opens; what the wire is to lose, it loses first. Giving the port back takes it off the wire. */
export function portStages(before: Port | undefined, after: Port | undefined): readonly Stage<Port>[] {
  if (after === undefined || !after.borrowed) return [{ effect: 'removes', state: after }];
  if (before?.borrowed !== true) return [{ effect: 'opens', state: after }];
  const stays = before.bridge === after.bridge;
  const wire = {
    bridge: stays ? before.bridge : null,
    vlans: stays ? commonMemberships(before.vlans, after.vlans) : [],
  };
  return stagesThrough(before, [
    ['closes', { ...before, ...wire }],
    ['opens', after],
  ]);
}
