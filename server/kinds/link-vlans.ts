/** VLANs that a port of a VLAN-aware bridge (or the bridge itself) is in. */
import { z } from 'zod';
import type { Command } from '../flow/command.ts';
import type { LinkView, ScopeView } from '../flow/hostview.ts';
import { parseMark } from '../flow/mark.ts';
import type { Bridge } from '../flow/model.ts';
import { sameJson } from '../core/json.ts';
import { bridgeTool } from './link-commands.ts';
import { vidField } from './link-fields.ts';

export const Membership = z.strictObject({
  vid: vidField,
  /** Untagged frames that come in belong to this VLAN. */
  pvid: z.boolean(),
  /** Its frames leave untagged. */
  untagged: z.boolean(),
});
export type Membership = z.infer<typeof Membership>;

/** Sorted by VLAN id; empty on a bridge that is not VLAN-aware. */
export const membershipsField = z.array(Membership);

export function memberships(list: readonly Membership[]): Membership[] {
  return [...list].sort((a, b) => a.vid - b.vid);
}

/**
 * As found. On a plain bridge the kernel keeps VLAN 1 on each port for the day that filtering is switched on: nothing goes
 * by it, and kernels without filtering do not have it, so it is not looked at.
 */
export function foundMemberships(link: LinkView, bridge: LinkView | undefined): Membership[] {
  if (bridge?.data['vlan_filtering'] !== 1) return [];
  return memberships(link.vlans.map(({ vid, pvid, untagged }) => ({ vid, pvid, untagged })));
}

/** The bridge that a link is a port of. */
export function masterOf(link: LinkView, scope: ScopeView | undefined): LinkView | undefined {
  return link.master === null ? undefined : scope?.links.get(link.master);
}

/** The VLAN of a port that knows nothing of VLANs. */
export const access = (vid: number): Membership => ({ vid, pvid: true, untagged: true });
export const tagged = (vid: number): Membership => ({ vid, pvid: false, untagged: false });

/** What a bridge's uplink carries: networks with a VLAN tagged, at most one without is untagged on the wire. */
export function trunk({ carries }: Bridge): Membership[] {
  return memberships(
    carries.flatMap(({ vid, tagged: tag }) => (vid === null ? [] : [tag ? tagged(vid) : access(vid)])),
  );
}

/**
 * Whether new ports of the bridge start in VLANs that are not ours to say: it filters, and someone else made it (one of ours
 * has no default PVID).
 */
export function isForeign(bridge: Bridge): boolean {
  return bridge.existing && bridge.vlanAware;
}

/** The same of a port on a host. */
export function inForeignBridge(link: LinkView, scope: ScopeView | undefined): boolean {
  const master = masterOf(link, scope);
  if (master?.type !== 'bridge' || parseMark(master.alias ?? undefined) !== undefined) return false;
  return master.data['vlan_filtering'] === 1;
}

/** A port of ours that was just put into such a bridge leaves what it was put into there. */
export function leaveForeignVlans(port: { readonly device: string; readonly foreign: boolean }): readonly Command[] {
  return port.foreign ? [bridgeTool('vlan', 'del', 'dev', port.device, 'vid', '1-4094')] : [];
}

/** Memberships of the one that are in the other just so. */
export function commonMemberships(left: readonly Membership[], right: readonly Membership[]): Membership[] {
  return left.filter((each) => right.some((other) => sameJson(each, other)));
}

/** Removes come first: a port has one PVID, and its old network must be left before the new one is joined. */
export function vlanCommands(
  device: string,
  before: readonly Membership[],
  after: readonly Membership[],
  self = false,
): readonly Command[] {
  const where = self ? ['self'] : [];
  const kept = commonMemberships(before, after);
  const keeps = (each: Membership): boolean => kept.some(({ vid }) => vid === each.vid);
  return [
    ...before
      .filter((each) => !keeps(each))
      .map(({ vid }) => bridgeTool('vlan', 'del', 'dev', device, 'vid', String(vid), ...where)),
    ...after
      .filter((each) => !keeps(each))
      .map(({ vid, pvid, untagged }) => {
        const flags = [...(pvid ? ['pvid'] : []), ...(untagged ? ['untagged'] : []), ...where];
        return bridgeTool('vlan', 'add', 'dev', device, 'vid', String(vid), ...flags);
      }),
  ];
}
