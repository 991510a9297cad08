import type { HostView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { linkInTheWay, ownedLinks } from '../link-marks.ts';
import { foundMemberships } from '../link-vlans.ts';
import type { Bridge } from './resource.ts';

export function observeBridges(view: HostView, claim: Claim<Bridge>): readonly Bridge[] {
  return ownedLinks(view, claim, 'bridge', 'bridge').map(({ id, link, marked }) => ({
    kind: 'bridge',
    id,
    scope: '',
    device: link.name,
    mac: link.mac ?? '00:00:00:00:00:00',
    mtu: link.mtu,
    vlanAware: link.data['vlan_filtering'] === 1,
    vlans: foundMemberships(link, link),
    stp: link.data['stp_state'] !== 0,
    up: link.up,
    marked,
  }));
}

export function bridgeInTheWay(wanted: Bridge, view: HostView, claim: Claim<Bridge>): string | undefined {
  return linkInTheWay(view, claim.topology, '', wanted.device);
}
