import type { HostView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { linkInTheWay, nameOfIndex, ownedLinks } from '../link-marks.ts';
import type { Vlan } from './resource.ts';

export function observeVlans(view: HostView, claim: Claim<Vlan>): readonly Vlan[] {
  return ownedLinks(view, claim, 'vlan', 'vlan').map(({ id, link, marked }) => {
    const wanted = claim.wanted.get(id);
    return {
      kind: 'vlan',
      id,
      scope: '',
      device: link.name,
      bridge: link.linkElsewhere ? null : nameOfIndex(view.scopes.get(''), link.link),
      vid: Number(link.data['id']),
      mac: wanted?.mac === null ? null : link.mac,
      mtu: link.mtu,
      up: link.up,
      marked,
    };
  });
}

export function vlanInTheWay(wanted: Vlan, view: HostView, claim: Claim<Vlan>): string | undefined {
  return linkInTheWay(view, claim.topology, '', wanted.device);
}
