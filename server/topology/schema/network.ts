import * as z from 'zod';
import { parseAddress } from '../grammar/address.ts';
import { parseChoice } from '../grammar/choice.ts';
import { parseDomain } from '../grammar/domain.ts';
import { parseName, parseReference } from '../grammar/name.ts';
import { parsePrefix } from '../grammar/prefix.ts';
import { Description, oneOrMany, written } from './value.ts';

/** `{ upstream: [9.9.9.9], domain: shop.example.net }` */
export const DhcpPart = z.strictObject({
  upstream: oneOrMany(written(parseAddress))
    .optional()
    .meta({
      description: 'name servers that are asked for what the topology does not know; nobody is where left out',
      examples: [['192.0.2.53', '2001:db8::53']],
    }),
  domain: written(parseDomain)
    .optional()
    .meta({
      description: 'domain of the names that are told; `TOPOLOGY.internal` where left out',
      examples: ['shop.example.net'],
    }),
});
export type DhcpPart = z.infer<typeof DhcpPart>;

/** `shop: { vlan: 101, subnet: 10.1.1.0/24, router: 10.1.1.1 }` */
export const NetworkPart = z.strictObject({
  description: Description,
  vlan: z
    .int()
    .min(1)
    .max(4094)
    .optional()
    .meta({ description: 'VLAN id on the ports of bridges', examples: [101] }),
  transport: written(parseChoice(['vlan', 'vxlan', 'untagged']))
    .optional()
    .meta({ description: 'how frames travel between hosts', examples: ['vxlan'] }),
  vni: z
    .int()
    .min(1)
    .max(16_777_215)
    .optional()
    .meta({ description: 'VXLAN network identifier', examples: [5000] }),
  underlay: written(parseReference)
    .optional()
    .meta({ description: 'network whose host addresses carry the VXLAN packets', examples: ['mgmt'] }),
  subnet: oneOrMany(written(parsePrefix))
    .optional()
    .meta({
      description: 'prefix, or a list of prefixes',
      examples: ['10.1.1.0/24', ['10.1.1.0/24', '2001:db8:1::/64']],
    }),
  router: oneOrMany(written(parseAddress))
    .optional()
    .meta({ description: 'default router of the members, one an address family', examples: ['192.0.2.1'] }),
  external: z
    .boolean()
    .optional()
    .meta({ description: 'whether `internet` lies beyond it', default: false, examples: [true] }),
  dhcp: z
    .union([z.boolean(), DhcpPart])
    .optional()
    .meta({
      description:
        "whether its gateway hands out the guests' addresses (DHCP, router advertisements), and answers names",
      default: false,
      examples: [true, { upstream: ['192.0.2.53'] }],
    }),
  isolated: z
    .boolean()
    .optional()
    .meta({
      description: 'whether members reach gateways and routers only, never each other',
      default: false,
      examples: [true],
    }),
  realm: written(parseName)
    .optional()
    .meta({
      description: 'routing domain with addresses of its own; `main` where left out',
      default: 'main',
      examples: ['p3'],
    }),
  // RFC 8200: IPv6 needs 1280; what IPv4 needs (RFC 791) is no limit that anybody has met since.
  mtu: z
    .int()
    .min(1280)
    .max(65_535)
    .optional()
    .meta({ description: 'bytes of IP packet that every member can carry', examples: [9000] }),
});
export type NetworkPart = z.infer<typeof NetworkPart>;
