import type { Kind } from '../kind.ts';
import { bridgeId, IN_RECORD, portId } from '../link-ids.ts';
import { membershipCommands } from './commands.ts';
import { desireMemberships } from './desire.ts';
import { formerMembership, membershipInTheWay, observeMemberships } from './observe.ts';
import { Membership } from './resource.ts';

/** VLANs of ours in bridges that somebody else made. */
export const membership: Kind<Membership> = {
  name: 'membership',
  schema: Membership,
  desire: desireMemberships,
  observe: observeMemberships,
  obstacle: membershipInTheWay,
  former: formerMembership,
  refers({ bridge, device, borrowed }) {
    if (!borrowed) return [];
    // A port has VLANs once it is in the bridge, and as long as it is: they go before it does.
    const link = { to: portId(device), diesWith: false, settled: true };
    return [IN_RECORD, device === bridge ? { to: bridgeId(bridge), diesWith: false } : link];
  },
  stages: (_before, after) => [{ effect: after?.member === true ? 'opens' : 'closes', state: after }],
  commands: membershipCommands,
  touches(before, after) {
    const state = after ?? before;
    if (state === undefined) return [];
    return [{ on: 'vlan', device: state.device, vid: state.vid, member: after?.member === true }];
  },
  standing: ({ device: name, vid, member }) =>
    member ? [{ on: 'vlan', scope: '', name, vlan: { vid, pvid: false, untagged: false } }] : [],
  describe: ({ bridge, device, vid }) =>
    `VLAN ${String(vid)} ${device === bridge ? 'of' : `on ${device} in`} ${bridge}`,
};
