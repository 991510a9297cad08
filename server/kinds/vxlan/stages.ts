import type { Stage } from '../kind.ts';
import { GONE, stagesThrough } from '../link-stages.ts';
import type { Vxlan } from './resource.ts';

/** Hosts that have no member any more stop getting frames first; new ones get them last. */
export function vxlanStages(before: Vxlan | undefined, after: Vxlan | undefined): readonly Stage<Vxlan>[] {
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
    vlans: stays ? before.vlans : [],
    remotes: before.remotes.filter((each) => after.remotes.includes(each)),
    // It carries less than the interface below it, or the kernel refuses: it shrinks first and grows last.
    mtu: Math.min(before.mtu, after.mtu),
    up: before.up && after.up,
  };
  return stagesThrough(before, [
    ['closes', { ...before, ...wire }],
    ['builds', { ...after, ...wire }],
    ['opens', after],
  ]);
}
