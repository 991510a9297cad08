import type { HostView, LinkView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { isManageable, linkNamed } from '../link-marks.ts';
import { Membership } from './resource.ts';

/** Those that are in our hands: the host keeps what they were like before. */
export function observeMemberships(view: HostView): readonly Membership[] {
  return Object.values(view.record?.former ?? {}).flatMap((former): Membership[] => {
    const kept = former.kind === 'membership' ? Membership.safeParse(former).data : undefined;
    const link = kept === undefined ? undefined : linkOf(kept, view);
    return kept === undefined || link === undefined ? [] : [{ ...asFound(kept, link), borrowed: true }];
  });
}

function linkOf({ device }: Membership, view: HostView): LinkView | undefined {
  const link = linkNamed(view.scopes.get(''), device);
  return link?.name === device && isManageable(link) ? link : undefined;
}

function asFound(membership: Membership, link: LinkView): Membership {
  return { ...membership, member: link.vlans.some(({ vid, untagged }) => vid === membership.vid && !untagged) };
}

/** A port that is yet to be put into the bridge has no VLANs there. */
export function formerMembership(wanted: Membership, view: HostView): Membership | undefined {
  const link = linkOf(wanted, view);
  return link === undefined ? undefined : { ...asFound(wanted, link), borrowed: false };
}

export function membershipInTheWay(wanted: Membership, view: HostView, claim: Claim<Membership>): string | undefined {
  const { device, vid, bridge } = wanted;
  if (observeMemberships(view).some(({ id }) => id === wanted.id && claim.wanted.has(id))) return undefined;
  const link = linkOf(wanted, view);
  if (link === undefined) return undefined;
  const found = link.vlans.find((each) => each.vid === vid);
  if (found?.untagged !== true && found?.pvid !== true) return undefined;
  // What is in no bridge yet leaves what it is put into there.
  if (device !== bridge && link.master === null) return undefined;
  return `On ${device} VLAN ${String(vid)} of ${bridge} is without a tag, and the topology's network is tagged there: give the network another VLAN, or have its owner tag it.`;
}
