import type { Stage } from '../kind.ts';
import { GONE, stagesThrough } from '../link-stages.ts';
import type { Vlan } from './resource.ts';

/**
 * Up last, once all else stands. The kernel refuses a VLAN device more than what lies below it carries: it shrinks before the bridge does and grows after it,
 * the other way round when that is undone.
 */
export function vlanStages(before: Vlan | undefined, after: Vlan | undefined): readonly Stage<Vlan>[] {
  if (after === undefined) return GONE;
  if (before === undefined) {
    return stagesThrough(before, [
      ['builds', { ...after, up: false }],
      ['opens', after],
    ]);
  }
  const mtu = Math.min(before.mtu, after.mtu);
  return stagesThrough(before, [
    ['closes', { ...before, mtu }],
    ['builds', { ...after, mtu, up: before.up && after.up }],
    ['opens', after],
  ]);
}
