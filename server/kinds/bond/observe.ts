import type { Json } from '../../core/json.ts';
import type { HostView } from '../../flow/hostview.ts';
import type { Adoption, Claim } from '../kind.ts';
import { adoptable, isAdopted } from '../link-adoption.ts';
import { linkInTheWay, nameOfIndex, ownedLinks } from '../link-marks.ts';
import type { OwnedLink } from '../link-marks.ts';
import { foundMemberships, inForeignBridge, masterOf } from '../link-vlans.ts';
import { isSafeDevice } from '../link-fields.ts';
import type { Bond } from './resource.ts';

export function observeBonds(view: HostView, claim: Claim<Bond>): readonly Bond[] {
  return ownedLinks(view, claim, 'bond', 'bond').map(({ id, link, marked }) => {
    const wanted = claim.wanted.get(id);
    const found = asFound(view, { id, link, marked }, wanted);
    return isAdopted(view, id) ? keptAsItIs(found, wanted) : found;
  });
}

function asFound(view: HostView, { id, link, marked }: OwnedLink, wanted: Bond | undefined): Bond {
  const host = view.scopes.get('');
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
}

/** One that was there before us keeps what no file can say: its MAC, and how it watches its ports. */
function keptAsItIs(found: Bond, wanted: Bond | undefined): Bond {
  if (wanted === undefined) return found;
  const { mac, miimon, lacpRate } = wanted;
  return { ...found, mac, miimon, lacpRate: found.mode === wanted.mode ? lacpRate : found.lacpRate };
}

/** One of another mode, or in another bridge, would have to be made anew or moved. */
export function adoptableBond(wanted: Bond, view: HostView): Adoption<Bond> | undefined {
  const link = adoptable(view, wanted.device, 'bond');
  if (link === undefined) return undefined;
  const former = asFound(view, { id: wanted.id, link, marked: false }, wanted);
  if (former.mode !== wanted.mode || former.bridge !== wanted.bridge || former.foreign) return undefined;
  return { former, found: keptAsItIs(former, wanted) };
}

function wordOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function bondInTheWay(wanted: Bond, view: HostView, claim: Claim<Bond>): string | undefined {
  return linkInTheWay(view, claim.topology, '', wanted.device);
}
