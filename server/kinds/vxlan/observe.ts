import { parseAddress } from '../../core/address.ts';
import type { Json } from '../../core/json.ts';
import type { HostView, LinkView } from '../../flow/hostview.ts';
import { parseMark } from '../../flow/mark.ts';
import type { Claim } from '../kind.ts';
import { isSafeDevice } from '../link-fields.ts';
import { linkInTheWay, linkNamed, nameOfIndex, ownedLinks, ownerOf } from '../link-marks.ts';
import { foundMemberships, masterOf } from '../link-vlans.ts';
import type { Vxlan } from './resource.ts';

/** Entries for this address say where to flood. */
export const ALL_ZERO_MAC = '00:00:00:00:00:00';

export function observeVxlans(view: HostView, claim: Claim<Vxlan>): readonly Vxlan[] {
  const host = view.scopes.get('');
  return ownedLinks(view, claim, 'vxlan', 'vxlan').map(({ id, link, marked }) => {
    const underlay = deviceText(link.data['link']);
    const below = underlay === null ? undefined : linkNamed(host, underlay);
    return {
      kind: 'vxlan',
      id,
      scope: '',
      device: link.name,
      bridge: nameOfIndex(host, link.master),
      vlans: foundMemberships(link, masterOf(link, host)),
      vni: Number(link.data['id']),
      port: Number(link.data['port']),
      local: addressText(link.data['local'] ?? link.data['local6']),
      underlay,
      mtu: link.mtu,
      remotes: floodList(link),
      underlayLink: underlayLink(below, underlay, claim, id),
      up: link.up,
      marked,
    };
  });
}

/** By its mark, or where a borrowed port has none, as wanted. */
function underlayLink(
  below: LinkView | undefined,
  underlay: string | null,
  claim: Claim<Vxlan>,
  id: string,
): string | null {
  const owner = below === undefined ? undefined : ownerOf(below, claim.topology);
  if (owner !== undefined) return owner;
  const wanted = claim.wanted.get(id);
  return wanted?.underlay === underlay ? wanted.underlayLink : null;
}

function floodList(link: LinkView): string[] {
  const remotes = link.fdb.flatMap(({ mac, destination }) => (mac === ALL_ZERO_MAC ? [addressText(destination)] : []));
  return remotes.filter((each) => each !== null).sort();
}

function addressText(value: Json | undefined): string | null {
  return typeof value === 'string' ? (parseAddress(value)?.text ?? null) : null;
}

function deviceText(value: Json | undefined): string | null {
  return typeof value === 'string' && isSafeDevice(value) ? value : null;
}

/** The kernel allows one VXLAN device for a VNI and UDP port in a network stack. */
export function vxlanInTheWay(wanted: Vxlan, view: HostView, claim: Claim<Vxlan>): string | undefined {
  const named = linkInTheWay(view, claim.topology, '', wanted.device);
  if (named !== undefined) return named;
  for (const link of view.scopes.get('')?.links.values() ?? []) {
    if (link.type !== 'vxlan' || link.data['id'] !== wanted.vni || link.data['port'] !== wanted.port) continue;
    if (ownerOf(link, claim.topology) !== undefined || link.name === wanted.device) continue;
    const holder = parseMark(link.alias ?? undefined);
    const whose = holder === undefined ? 'is not ours' : `belongs to topology ${holder.topology}`;
    return `VNI ${String(wanted.vni)} is already used by an interface that ${whose}: choose another vni in the file.`;
  }
  return undefined;
}
