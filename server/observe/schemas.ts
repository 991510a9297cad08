/** What iproute2 6.1 and later print with `-j`, as far as we read it. Unknown members are let through unread. */
import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { anyObject, flag, isObject, listOf, members, nullable, optional, text, whole } from './shape.ts';
import type { Check, Checked } from './shape.ts';

const JsonMembers = anyObject<Readonly<Record<string, Json>>>();

const addressMembers = {
  family: text,
  local: optional(text),
  prefixlen: whole,
  scope: optional(text),
  protocol: optional(text),
  tentative: optional(flag),
  dadfailed: optional(flag),
  dynamic: optional(flag),
};
export const IpAddress = members(addressMembers);
export type IpAddress = Checked<typeof IpAddress>;

/** `ip` prints `{}` for an address that it has filtered out. */
export type NoAddress = Readonly<Record<string, never>>;
const maybeAddress: Check<IpAddress | NoAddress> = (value) =>
  isObject(value) && Object.keys(value).length === 0 ? undefined : IpAddress(value);

const index: Check<number> = (value) => whole(value) ?? (Number(value) > 0 ? undefined : 'is not above 0');

export const IpLink = members({
  ifindex: index,
  ifname: text,
  flags: listOf(text),
  mtu: whole,
  group: optional(text),
  address: optional(text),
  ifalias: optional(text),
  altnames: optional(listOf(text)),
  master: optional(text),
  link: optional(nullable(text)),
  link_index: optional(whole),
  link_netnsid: optional(whole),
  linkinfo: optional(
    members({
      info_kind: optional(text),
      info_data: optional(JsonMembers),
      info_slave_kind: optional(text),
      info_slave_data: optional(JsonMembers),
    }),
  ),
  addr_info: listOf(maybeAddress),
});
export type IpLink = Checked<typeof IpLink>;

export const IpRoute = members({
  type: optional(text),
  dst: text,
  gateway: optional(text),
  via: optional(members({ family: text, host: text })),
  dev: optional(text),
  table: optional(text),
  protocol: optional(text),
  metric: optional(whole),
});
export type IpRoute = Checked<typeof IpRoute>;

const ruleMembers = {
  priority: whole,
  src: text,
  srclen: optional(whole),
  fwmark: optional(text),
  table: optional(text),
  suppress_prefixlen: optional(whole),
  protocol: optional(text),
};
export const IpRule = members(ruleMembers);
export type IpRule = Checked<typeof IpRule>;
/** A member that we do not know makes the rule somebody else's. */
export const KNOWN_RULE_MEMBERS: ReadonlySet<string> = new Set(Object.keys(ruleMembers));

export const BridgeVlans = members({
  ifname: text,
  vlans: listOf(members({ vlan: whole, vlanEnd: optional(whole), flags: optional(listOf(text)) })),
});
export type BridgeVlans = Checked<typeof BridgeVlans>;

export const BridgeFdb = members({
  mac: text,
  ifname: optional(text),
  flags: listOf(text),
  dst: optional(text),
  state: optional(text),
});
export type BridgeFdb = Checked<typeof BridgeFdb>;

export const NftListing = members({ nftables: listOf(JsonMembers) });
export type NftListing = Checked<typeof NftListing>;

export const HostRecord = z.object({
  format: z.number().int(),
  topology: z.string(),
  former: z.record(z.string(), z.looseObject({ kind: z.string(), id: z.string(), scope: z.string() })),
});
