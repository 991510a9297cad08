import type { Stage } from '../kind.ts';
import { stagesThrough } from '../link-stages.ts';
import { commonMemberships } from '../link-vlans.ts';
import type { Port } from './resource.ts';

/**
 * Joining the wire opens; what the wire is to lose, it loses first. A greater MTU comes before either: a VXLAN device that is made
 * meanwhile gets no more than the port has. Giving the port back takes it off the wire.
 */
export function portStages(before: Port | undefined, after: Port | undefined): readonly Stage<Port>[] {
  if (after === undefined || !after.borrowed) return [{ effect: 'removes', state: after }];
  if (before === undefined) return [{ effect: 'opens', state: after }];
  const parted = { ...before, ...(before.borrowed ? partingWire(before, after) : {}) };
  // A port of a bond has the bond's.
  const mtu = after.bond === null ? Math.max(before.mtu, after.mtu) : before.mtu;
  return stagesThrough(before, [
    ['closes', parted],
    ['builds', { ...parted, mtu }],
    ['opens', after],
  ]);
}

function partingWire(before: Port, after: Port): Partial<Port> {
  const stays = before.bridge === after.bridge && before.bond === after.bond;
  if (!stays) return { bridge: null, bond: null, foreign: false, isolated: false, vlans: [] };
  const isolated = before.isolated || after.isolated;
  if (before.vlans === null || after.vlans === null) return { vlans: null, isolated };
  return { vlans: commonMemberships(before.vlans, after.vlans), isolated };
}
