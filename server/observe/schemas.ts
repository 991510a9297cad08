/** What iproute2 6.1 and later print with `-j`, as far as we read it. Unknown members are let through unread. */
import { z } from 'zod';
import type { Json } from '../core/json.ts';

const JsonRecord = z.record(z.string(), z.unknown()) as unknown as z.ZodType<Readonly<Record<string, Json>>>;

export const IpAddress = z.object({
  family: z.string(),
  local: z.string().optional(),
  prefixlen: z.number().int(),
  scope: z.string().optional(),
  protocol: z.string().optional(),
  tentative: z.boolean().optional(),
  dadfailed: z.boolean().optional(),
  dynamic: z.boolean().optional(),
});
export type IpAddress = z.infer<typeof IpAddress>;

export const IpLink = z.object({
  ifindex: z.number().int().positive(),
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number().int(),
  group: z.string().optional(),
  address: z.string().optional(),
  ifalias: z.string().optional(),
  altnames: z.array(z.string()).optional(),
  master: z.string().optional(),
  link: z.string().nullable().optional(),
  link_index: z.number().int().optional(),
  link_netnsid: z.number().int().optional(),
  linkinfo: z
    .object({
      info_kind: z.string().optional(),
      info_data: JsonRecord.optional(),
      info_slave_kind: z.string().optional(),
      info_slave_data: JsonRecord.optional(),
    })
    .optional(),
  addr_info: z.array(z.union([IpAddress, z.strictObject({}).transform(() => null)])),
});
export type IpLink = z.infer<typeof IpLink>;

/** Loose, as rules are: what else a route says is lost where another takes its place. */
export const IpRoute = z.looseObject({
  type: z.string().optional(),
  dst: z.string(),
  gateway: z.string().optional(),
  via: z.object({ family: z.string(), host: z.string() }).optional(),
  dev: z.string().optional(),
  table: z.string().optional(),
  protocol: z.string().optional(),
  metric: z.number().int().optional(),
  scope: z.string().optional(),
  flags: z.array(z.string()).optional(),
  pref: z.string().optional(),
});
export type IpRoute = z.infer<typeof IpRoute>;

/** Loose: a member that we do not know makes the rule somebody else's, so it must not get lost. */
export const IpRule = z.looseObject({
  priority: z.number().int(),
  src: z.string(),
  srclen: z.number().int().optional(),
  fwmark: z.string().optional(),
  table: z.string().optional(),
  suppress_prefixlen: z.number().int().optional(),
  protocol: z.string().optional(),
});
export type IpRule = z.infer<typeof IpRule>;

export const BridgeVlans = z.object({
  ifname: z.string(),
  vlans: z.array(
    z.object({ vlan: z.number().int(), vlanEnd: z.number().int().optional(), flags: z.array(z.string()).optional() }),
  ),
});
export type BridgeVlans = z.infer<typeof BridgeVlans>;

export const BridgeFdb = z.object({
  mac: z.string(),
  ifname: z.string().optional(),
  flags: z.array(z.string()),
  dst: z.string().optional(),
  state: z.string().optional(),
});
export type BridgeFdb = z.infer<typeof BridgeFdb>;

export const NftListing = z.object({ nftables: z.array(JsonRecord) });

export const HostRecord = z.object({
  format: z.number().int(),
  topology: z.string(),
  former: z.record(z.string(), z.looseObject({ kind: z.string(), id: z.string(), scope: z.string() })),
});
