import type { Stage } from '../kind.ts';
import { GONE, stagesThrough } from '../link-stages.ts';
import type { Bridge } from './resource.ts';

/**
 * Up last: ports joining a bridge that is up flood each other with IPv6 detection packets (20 s for 1,000 ports, where it is
 * 2 s with the bridge down). Taking VLAN filtering away joins networks for as long as their ports are not sorted out, so the
 * bridge is down meanwhile.
 */
export function bridgeStages(before: Bridge | undefined, after: Bridge | undefined): readonly Stage<Bridge>[] {
  if (after === undefined) return GONE;
  if (before === undefined)
    return stagesThrough(before, [
      ['builds', { ...after, up: false }],
      ['opens', after],
    ]);
  const joins = before.vlanAware && !after.vlanAware;
  const up = before.up && after.up && !joins;
  return stagesThrough(before, [
    ['closes', { ...before, up }],
    ['builds', { ...after, up }],
    ['opens', after],
  ]);
}
