import type { Json } from '../../core/json.ts';
import type { HostView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { linkInTheWay, nameOfIndex, ownedLinks } from '../link-marks.ts';
import { foundMemberships, inForeignBridge, masterOf } from '../link-vlans.ts';
import { isSafeDevice } from '../link-fields.ts';
import type { Bond } from './resource.ts';

export function observeBonds(view: HostView, claim: Claim<Bond>): readonly Bond[] {
  const host = view.scopes.get('');
  return ownedLinks(view, claim, 'bond', 'bond').map(({ id, link, marked }) => {
    const wanted = claim.wanted.get(id);
    const { data } = link;
    const mode = wordOf(data['mode']) ?? 'balance-rr';
    const primary = wordOf(data['primary']);
    return {
      kind: 'bond',
      id,
      scope: '',
      device: link.name,
      mode,
      // It has a value in every mode, and means something in some.
      hash: wanted?.hash === null ? null : wordOf(data['xmit_hash_policy']),
      primary: primary !== null && isSafeDevice(primary) ? primary : null,
      lacpRate: mode === '802.3ad' ? wordOf(data['ad_lacp_rate']) : null,
      miimon: typeof data['miimon'] === 'number' ? data['miimon'] : 0,
      mac: link.mac ?? '00:00:00:00:00:00',
      mtu: link.mtu,
      bridge: nameOfIndex(host, link.master),
      vlans: foundMemberships(link, masterOf(link, host)),
      foreign: inForeignBridge(link, host),
      up: link.up,
      marked,
    };
  });
}

function wordOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function bondInTheWay(wanted: Bond, view: HostView, claim: Claim<Bond>): string | undefined {
  return linkInTheWay(view, claim.topology, '', wanted.device);
}
