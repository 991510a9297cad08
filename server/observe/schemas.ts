/** What iproute2 6.1 and later print with `-j`, as far as we read it. Unknown members are let through unread. */
import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { anyObject, flag, isObject, listOf, members, nullable, optional, text, whole, word } from './shape.ts';
import type { Check, Checked } from './shape.ts';

const JsonMembers = anyObject<Readonly<Record<string, Json>>>();

const addressMembers = {
  family: word,
  local: optional(word),
  prefixlen: whole,
  scope: optional(word),
  protocol: optional(word),
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
  flags: listOf(word),
  mtu: whole,
  group: optional(word),
  address: optional(word),
  ifalias: optional(text),
  altnames: optional(listOf(text)),
  master: optional(text),
  link: optional(nullable(text)),
  link_index: optional(whole),
  link_netnsid: optional(whole),
  linkinfo: optional(
    members({
      info_kind: optional(word),
      info_data: optional(JsonMembers),
      info_slave_kind: optional(word),
      info_slave_data: optional(JsonMembers),
    }),
  ),
  addr_info: listOf(maybeAddress),
});
export type IpLink = Checked<typeof IpLink>;

const routeMembers = {
  type: optional(word),
  dst: word,
  gateway: optional(word),
  via: optional(members({ family: word, host: word })),
  dev: optional(text),
  table: optional(word),
  protocol: optional(word),
  metric: optional(whole),
  scope: optional(text),
  flags: optional(listOf(text)),
  pref: optional(text),
};
/** Read for whoever follows packets, and lost where another route takes its place all the same. */
const furtherRouteMembers = {
  prefsrc: optional(word),
  nexthops: optional(
    listOf(
      members({
        gateway: optional(word),
        via: optional(members({ family: word, host: word })),
        dev: optional(text),
        flags: optional(listOf(text)),
      }),
    ),
  ),
};
export const IpRoute = members({ ...routeMembers, ...furtherRouteMembers });
export type IpRoute = Checked<typeof IpRoute>;
/** What else a route says is lost where another takes its place. */
export const KNOWN_ROUTE_MEMBERS: ReadonlySet<string> = new Set(Object.keys(routeMembers));

const ruleMembers = {
  priority: whole,
  src: word,
  srclen: optional(whole),
  fwmark: optional(word),
  table: optional(word),
  suppress_prefixlen: optional(whole),
  protocol: optional(word),
};
export const IpRule = members(ruleMembers);
export type IpRule = Checked<typeof IpRule>;
/** A member that we do not know makes the rule somebody else's. */
export const KNOWN_RULE_MEMBERS: ReadonlySet<string> = new Set(Object.keys(ruleMembers));

export const BridgeVlans = members({
  ifname: text,
  vlans: listOf(members({ vlan: whole, vlanEnd: optional(whole), flags: optional(listOf(word)) })),
});
export type BridgeVlans = Checked<typeof BridgeVlans>;

export const BridgeFdb = members({
  mac: word,
  ifname: optional(text),
  flags: listOf(word),
  dst: optional(word),
  state: optional(word),
});
export type BridgeFdb = Checked<typeof BridgeFdb>;

export const NftListing = members({ nftables: listOf(JsonMembers) });
export type NftListing = Checked<typeof NftListing>;

export const HostRecord = z.object({
  format: z.number().int(),
  topology: z.string(),
  former: z.record(z.string(), z.looseObject({ kind: z.string(), id: z.string(), scope: z.string() })),
});
