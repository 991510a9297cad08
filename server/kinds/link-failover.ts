/** Who of a cluster speaks to whom, by which interface: for what runs keepalived, and for the filter that lets its adverts through. */
import type { Address, Family, InterfaceAddress } from '../core/address.ts';
import { addressPart, familyOf, mustParseAddress } from '../core/address.ts';
import type { Gateway, GatewayMember, GatewayNic, MemberNic } from '../flow/model.ts';

/** A member on one network that has shared addresses. */
export interface Speaker {
  readonly network: string;
  readonly device: string;
  readonly routerId: number;
  /** Of the adverts. */
  readonly family: Family;
  /** Where they come from; `null` for the link-local address that the kernel has made. */
  readonly source: Address | null;
  /** The same of the other members. */
  readonly peers: readonly Address[];
  /** What moves, the first of the family of the adverts. */
  readonly addresses: readonly InterfaceAddress[];
}

export function isCluster({ members }: Gateway): boolean {
  return members.length > 1;
}

export function speakersOf(gateway: Gateway, member: GatewayMember): readonly Speaker[] {
  if (!isCluster(gateway)) return [];
  return gateway.nics.flatMap((nic): Speaker[] => {
    const own = nicOf(member, nic.network);
    const shared = [
      ...nic.addresses,
      ...nic.natAddresses,
      ...(nic.routerAddress === undefined ? [] : [nic.routerAddress]),
    ];
    const [first] = [...shared.filter((each) => familyOf(each) === 4), ...shared];
    if (own === undefined || first === undefined || nic.routerId === null) return [];
    const family = familyOf(first);
    return [
      {
        network: nic.network,
        device: own.device,
        routerId: nic.routerId,
        family,
        source: sourceOf(own, family),
        peers: peersOn(gateway, member, nic, family),
        addresses: [first, ...shared.filter((each) => each !== first)],
      },
    ];
  });
}

/** Where conntrackd listens (its own examples). */
export const SYNC_PORT = 3780;

/** By which network the two members of a cluster tell each other of their flows. */
export interface SyncLink {
  readonly device: string;
  readonly source: Address;
  readonly peer: Address;
}

/**
 * An internal network, else any; one where both have addresses of their own before one where they are link-local. `undefined`
 * where nobody asks for it, and where there is no network with IPv4.
 */
export function syncLinkOf(
  gateway: Gateway,
  member: GatewayMember,
  isExternal: (network: string) => boolean,
): SyncLink | undefined {
  if (!gateway.failover.keepConnections || gateway.members.length !== SYNC_MEMBERS) return undefined;
  const links = member.nics.flatMap((nic) => {
    const source = sourceOf(nic, 4);
    const [peer] = gateway.members.flatMap((each) => {
      const theirs = each.host === member.host ? undefined : nicOf(each, nic.network);
      return (theirs === undefined ? null : sourceOf(theirs, 4)) ?? [];
    });
    if (source === null || peer === undefined) return [];
    const rank = (isExternal(nic.network) ? 2 : 0) + ([source, peer].some(isLinkLocal) ? 1 : 0);
    return [{ rank, device: nic.device, source, peer }];
  });
  const [best] = links.toSorted((a, b) => a.rank - b.rank);
  return best;
}

/** conntrackd tells one other. */
export const SYNC_MEMBERS = 2;

function isLinkLocal(address: Address): boolean {
  return address.startsWith('169.254.');
}

/** Interfaces without shared addresses. */
export function silentDevices(gateway: Gateway, member: GatewayMember): readonly string[] {
  const speaking = new Set(speakersOf(gateway, member).map(({ device }) => device));
  return member.nics.map(({ device }) => device).filter((device) => !speaking.has(device));
}

function peersOn(gateway: Gateway, member: GatewayMember, nic: GatewayNic, family: Family): readonly Address[] {
  return gateway.members
    .filter(({ host }) => host !== member.host)
    .flatMap((each) => {
      const theirs = nicOf(each, nic.network);
      return theirs === undefined ? [] : [sourceOf(theirs, family) ?? linkLocalOf(theirs.mac)];
    });
}

function nicOf({ nics }: GatewayMember, network: string): MemberNic | undefined {
  return nics.find((each) => each.network === network);
}

/** IPv6 adverts come from the link-local address (RFC 9568, 5.1.2.1). */
function sourceOf({ own }: MemberNic, family: Family): Address | null {
  const address = family === 4 ? own.find((each) => familyOf(each) === 4) : undefined;
  return address === undefined ? null : addressPart(address);
}

/** What the kernel makes of a MAC (RFC 4291, appendix A). */
export function linkLocalOf(mac: string): Address {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((each) => parseInt(each, 16));
  const words = [(a ^ 2) * 256 + b, c * 256 + 0xff, 0xfe00 + d, e * 256 + f];
  return mustParseAddress(`fe80::${words.map((each) => each.toString(16)).join(':')}`).text;
}
