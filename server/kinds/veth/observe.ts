import type { HostView, LinkView } from '../../flow/hostview.ts';
import type { ResourceId, Scope } from '../../flow/resource.ts';
import type { Claim } from '../kind.ts';
import { isManageable, isUnfinished, linkInTheWay, markOf, nameOfIndex, ownedLinks } from '../link-marks.ts';
import type { OwnedLink } from '../link-marks.ts';
import { isIsolatedPort } from '../link-isolation.ts';
import { foundMemberships, inForeignBridge, masterOf } from '../link-vlans.ts';
import type { Veth } from './resource.ts';

export function observeVeths(view: HostView, claim: Claim<Veth>): readonly Veth[] {
  const host = view.scopes.get('');
  const marked = markedPeers(view, claim.topology);
  return ownedLinks(view, claim, 'veth', 'veth').map((owned) => {
    const { id, link } = owned;
    const wanted = claim.wanted.get(id);
    const far = marked.get(id) ?? unmarkedPeer(view, owned, wanted);
    return {
      kind: 'veth',
      id,
      scope: '',
      device: link.name,
      bridge: nameOfIndex(host, link.master),
      vlans: foundMemberships(link, masterOf(link, host)),
      foreign: inForeignBridge(link, host),
      // One that the kernel chose is nobody's wish; what is to be removed keeps it, so that it can be put back as it was.
      mac: wanted?.mac === null ? null : link.mac,
      mtu: link.mtu,
      isolated: isIsolatedPort(link),
      up: link.up,
      marked: owned.marked && (far === undefined || far.marked),
      peer: far === undefined ? takenPeer(wanted) : foundPeer(far, wanted),
    };
  });
}

interface FarEnd {
  readonly scope: Scope;
  readonly link: LinkView;
  readonly marked: boolean;
}

function markedPeers(view: HostView, topology: string): ReadonlyMap<ResourceId, FarEnd> {
  const found = new Map<ResourceId, FarEnd>();
  for (const { scope, links } of view.scopes.values()) {
    for (const link of links.values()) {
      if (link.type !== 'veth' || !isManageable(link)) continue;
      const mark = markOf(link.alias, topology);
      if (mark?.peer === true) found.set(mark.resource, { scope, link, marked: true });
    }
  }
  return found;
}

/** The far end of a pair whose making was cut off before it got its mark: the two name each other by ifindex. */
function unmarkedPeer(view: HostView, { link }: OwnedLink, wanted: Veth | undefined): FarEnd | undefined {
  if (link.link === null) return undefined;
  const scope = link.linkElsewhere ? (wanted?.peer.namespace ?? undefined) : '';
  const far = scope === undefined ? undefined : view.scopes.get(scope)?.links.get(link.link);
  if (scope === undefined || far?.type !== 'veth' || far.link !== link.index) return undefined;
  return isUnfinished(far) && isManageable(far) ? { scope, link: far, marked: false } : undefined;
}

/** A guest has it: what it does with its end is its own business, so that nothing about it can differ. */
function takenPeer(wanted: Veth | undefined): Veth['peer'] {
  if (wanted?.peer.namespace === null) return wanted.peer;
  return { device: null, namespace: null, mac: null, mtu: null, up: false };
}

function foundPeer({ scope, link }: FarEnd, wanted: Veth | undefined): Veth['peer'] {
  const { name, mac, mtu, up } = link;
  // A free end may have been raised where it is by whoever uses it.
  const free = scope === '' && wanted?.peer.namespace === null;
  return { device: name, namespace: scope === '' ? null : scope, mac, mtu, up: free ? wanted.peer.up : up };
}

export function vethInTheWay(wanted: Veth, view: HostView, claim: Claim<Veth>): string | undefined {
  const { device, namespace } = wanted.peer;
  return (
    linkInTheWay(view, claim.topology, '', wanted.device) ??
    (device === null ? undefined : linkInTheWay(view, claim.topology, namespace ?? '', device))
  );
}
