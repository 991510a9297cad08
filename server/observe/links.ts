import { familyOf, parsePrefix } from '../core/address.ts';
import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { AddressView, FdbView, LinkView, VlanView } from '../flow/hostview.ts';
import type { BridgeFdb, BridgeVlans, IpAddress, IpLink, NoAddress } from './schemas.ts';

/**
 * Names that a tool can be given: printable ASCII, no blanks. The kernel lets through nearly any other byte, and two names
 * that are not UTF-8 look alike once decoded; such links are listed and left alone.
 */
const MANAGEABLE = /^[\x21-\x7e]{1,15}$/;

/** An ifindex that no link has: of a master whose name no tool can be given. */
const UNNAMEABLE = -1;

/** Puts the reads about links together, by ifindex. */
export function linkViews(
  links: readonly IpLink[],
  vlans: readonly BridgeVlans[],
  fdb: readonly BridgeFdb[],
): ReadonlyMap<number, LinkView> {
  const indexOf = new Map(
    links.filter((each) => MANAGEABLE.test(each.ifname)).map((each) => [each.ifname, each.ifindex]),
  );
  const vlansOf = new Map(vlans.map((each) => [each.ifname, each.vlans.flatMap(vlanViews)]));
  const fdbOf = Map.groupBy(fdb, (each) => each.ifname ?? '');
  return new Map(links.map((each) => [each.ifindex, linkView(each, indexOf, vlansOf, fdbOf)]));
}

function linkView(
  link: IpLink,
  indexOf: ReadonlyMap<string, number>,
  vlansOf: ReadonlyMap<string, readonly VlanView[]>,
  fdbOf: ReadonlyMap<string, readonly BridgeFdb[]>,
): LinkView {
  const elsewhere = link.link_netnsid !== undefined;
  const lower = link.link_index ?? (typeof link.link === 'string' ? indexOf.get(link.link) : undefined);
  return {
    index: link.ifindex,
    name: link.ifname,
    manageable: MANAGEABLE.test(link.ifname),
    type: link.linkinfo?.info_kind ?? null,
    alias: link.ifalias ?? null,
    altNames: link.altnames ?? [],
    group: groupNumber(link.group),
    up: link.flags.includes('UP'),
    carrier: link.flags.includes('LOWER_UP'),
    mtu: link.mtu,
    mac: link.address ?? null,
    master: link.master === undefined ? null : (indexOf.get(link.master) ?? UNNAMEABLE),
    link: lower ?? null,
    linkElsewhere: elsewhere,
    data: link.linkinfo?.info_data ?? {},
    slaveData: link.linkinfo?.info_slave_data ?? {},
    addresses: link.addr_info.flatMap(addressViews),
    vlans: vlansOf.get(link.ifname) ?? [],
    fdb: (fdbOf.get(link.ifname) ?? []).map(fdbView),
  };
}

/** `default` is 0; other groups are printed by number unless /etc/iproute2/group names them, which makes them foreign. */
function groupNumber(group: string | undefined): number {
  if (group === undefined || group === 'default') return 0;
  return /^\d+$/.test(group) ? Number(group) : -1;
}

function addressViews(address: IpAddress | NoAddress): readonly AddressView[] {
  if (!isAddress(address) || address.local === undefined || (address.family !== 'inet' && address.family !== 'inet6'))
    return [];
  const parsed = parsePrefix(`${address.local}/${String(address.prefixlen)}`);
  if (parsed === undefined)
    throw new Failure('observation', 'An address is not understood', { detail: visibleText(address.local) });
  return [
    {
      family: familyOf(address.local),
      address: parsed.written,
      scope: address.scope ?? 'global',
      tentative: address.tentative ?? false,
      dadFailed: address.dadfailed ?? false,
      kernel:
        address.scope === 'link' && address.family === 'inet6'
          ? isKernelLinkLocal(address)
          : (address.dynamic ?? false),
    },
  ];
}

function isAddress(address: IpAddress | NoAddress): address is IpAddress {
  return 'family' in address;
}

/** Link-local addresses are the kernel's own (protocol `kernel_ll` since 5.18) unless a configuration made them. */
function isKernelLinkLocal(address: IpAddress): boolean {
  return address.protocol === undefined || address.protocol.startsWith('kernel');
}

function vlanViews(vlan: BridgeVlans['vlans'][number]): readonly VlanView[] {
  const flags = vlan.flags ?? [];
  const last = vlan.vlanEnd ?? vlan.vlan;
  return Array.from({ length: last - vlan.vlan + 1 }, (_, offset) => ({
    vid: vlan.vlan + offset,
    pvid: flags.includes('PVID'),
    untagged: flags.includes('Egress Untagged'),
  }));
}

function fdbView(entry: BridgeFdb): FdbView {
  return {
    mac: entry.mac,
    destination: entry.dst ?? null,
    flags: [...entry.flags, ...(entry.state === undefined ? [] : [entry.state])],
  };
}
