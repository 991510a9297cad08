import type { Stage } from '../kind.ts';
import { GONE, stagesThrough } from '../link-stages.ts';
import { commonMemberships } from '../link-vlans.ts';
import type { Veth } from './resource.ts';

/**
 * A new pair is made without VLANs and, towards a gateway, with the gateway's end down: nothing passes until both are given,
 * which is after the firewall stands. A port that changes its network first leaves the old one, whatever the other ports are
 * doing: two networks that swap their VLAN ids never meet.
 */
export function vethStages(before: Veth | undefined, after: Veth | undefined): readonly Stage<Veth>[] {
  if (after === undefined) return GONE;
  const down = { ...after.peer, up: false };
  if (before === undefined) {
    return stagesThrough(before, [
      ['builds', { ...after, vlans: [], peer: down }],
      ['opens', after],
    ]);
  }
  const stays = before.bridge === after.bridge;
  const wire = {
    bridge: stays ? before.bridge : null,
    vlans: stays ? commonMemberships(before.vlans, after.vlans) : [],
    foreign: stays && before.foreign,
    // Set first and taken away last; a port that leaves its bridge loses it there.
    isolated: stays && (before.isolated || after.isolated),
    up: before.up && after.up,
  };
  return stagesThrough(before, [
    ['closes', { ...before, ...wire }],
    ['builds', { ...after, ...wire, peer: before.peer.up ? after.peer : down }],
    ['opens', after],
  ]);
}
