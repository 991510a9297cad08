import type { HostView, LinkView } from '../../flow/hostview.ts';
import { parseMark } from '../../flow/mark.ts';
import type { Adoption, Claim } from '../kind.ts';
import { adoptable, isAdopted } from '../link-adoption.ts';
import { linkInTheWay, linkNamed, ownedLinks } from '../link-marks.ts';
import { foundMemberships } from '../link-vlans.ts';
import type { Bridge } from './resource.ts';

export function observeBridges(view: HostView, claim: Claim<Bridge>): readonly Bridge[] {
  const ours = ownedLinks(view, claim, 'bridge', 'bridge').filter(({ id }) => claim.wanted.get(id)?.existing !== true);
  const existing = [...claim.wanted.values()].filter((each) => each.existing && whyNotUsable(each, view) === undefined);
  return [
    ...ours.map(({ id, link, marked }) => {
      const found = asFound(id, link, marked);
      return isAdopted(view, id) ? keptAsItIs(found, claim.wanted.get(id)) : found;
    }),
    ...existing,
  ];
}

function asFound(id: string, link: LinkView, marked: boolean): Bridge {
  return {
    kind: 'bridge',
    id,
    scope: '',
    device: link.name,
    mac: link.mac ?? '00:00:00:00:00:00',
    mtu: link.mtu,
    vlanAware: link.data['vlan_filtering'] === 1,
    vlans: foundMemberships(link, link),
    stp: link.data['stp_state'] !== 0,
    linkLocalLearning: link.data['no_linklocal_learn'] !== 1,
    up: link.up,
    marked,
    existing: false,
  };
}

/** One that was there before us keeps its MAC and its spanning tree, which no file can say. */
function keptAsItIs(found: Bridge, wanted: Bridge | undefined): Bridge {
  return wanted === undefined ? found : { ...found, mac: wanted.mac, stp: wanted.stp };
}

/** A plain bridge that somebody made by hand; one that filters VLANs has some of which no file says anything. */
export function adoptableBridge(wanted: Bridge, view: HostView): Adoption<Bridge> | undefined {
  const link = wanted.existing ? undefined : adoptable(view, wanted.device, 'bridge');
  if (link === undefined) return undefined;
  const former = asFound(wanted.id, link, false);
  if (former.vlanAware || wanted.vlanAware || former.linkLocalLearning !== wanted.linkLocalLearning) return undefined;
  return { former, found: keptAsItIs(former, wanted) };
}

export function bridgeInTheWay(wanted: Bridge, view: HostView, claim: Claim<Bridge>): string | undefined {
  return wanted.existing ? whyNotUsable(wanted, view) : linkInTheWay(view, claim.topology, '', wanted.device);
}

/** Somebody else's bridge is taken as it is, or not at all. */
function whyNotUsable(wanted: Bridge, view: HostView): string | undefined {
  const { device } = wanted;
  const link = linkNamed(view.scopes.get(''), device);
  if (link === undefined) {
    return `There is no bridge ${device} on this host, and the file says that somebody else made it: make it first, or leave \`existing\` out.`;
  }
  if (link.name !== device) return `${device} is an alternative name of an interface: write its own name in the file.`;
  if (link.type !== 'bridge') return `${device} is not a bridge.`;
  const owner = parseMark(link.alias ?? undefined);
  if (owner !== undefined) {
    return `${device} was made for topology ${owner.topology}, which would take what is added to it for drift: leave \`existing\` out, or name another bridge.`;
  }
  return whyNotFitting(wanted, link);
}

function whyNotFitting({ device, vlanAware, mtu }: Bridge, link: LinkView): string | undefined {
  const filters = link.data['vlan_filtering'] === 1;
  if (vlanAware && !filters) {
    return `${device} does not filter VLANs, and the topology's networks there are told apart by VLAN: have its owner switch filtering on (\`vlan_filtering 1\`), or put the networks on a bridge of their own.`;
  }
  if (!vlanAware && filters) {
    return `${device} filters VLANs, and the topology's only network there has none: give the network a \`vlan\`, or a bridge of its own.`;
  }
  if (!link.up) return `${device} is down, and only its owner raises it.`;
  if (link.mtu < mtu) {
    return `${device} carries packets of ${String(link.mtu)} bytes, and a network there needs ${String(mtu)}: have its owner raise the MTU, or give the network \`mtu: ${String(link.mtu)}\`.`;
  }
  return undefined;
}
