import { resourceId } from '../../flow/resource.ts';
import type { Host, Model } from '../../flow/model.ts';
import { isForeign } from '../link-vlans.ts';
import type { Membership } from './resource.ts';

export function desireMemberships(_model: Model, host: Host): readonly Membership[] {
  return host.bridges.filter(isForeign).flatMap(({ device: bridge, uplinks, carries }) => {
    // A bond of ours is ours alone: it has its VLANs itself.
    const ports = uplinks.filter(({ bond }) => !bond).map(({ device }) => device);
    const own = host.nics.flatMap(({ on }) => (on.type === 'vlan' && on.bridge === bridge ? [on.vid] : []));
    const carried = carries.flatMap(({ vid, tagged }) => (vid !== null && tagged ? [vid] : []));
    return [
      ...[...new Set(own)].map((vid) => membership(bridge, bridge, vid)),
      ...ports.flatMap((port) => carried.map((vid) => membership(bridge, port, vid))),
    ];
  });
}

function membership(bridge: string, device: string, vid: number): Membership {
  const id = resourceId('membership', '', device, String(vid));
  return { kind: 'membership', id, scope: '', bridge, device, vid, member: true, borrowed: true };
}
