import * as z from 'zod';
import { parseAddress } from '../grammar/address.ts';
import { parseChoice } from '../grammar/choice.ts';
import { parseReference } from '../grammar/name.ts';
import { parsePrefix } from '../grammar/prefix.ts';
import { Description, later, oneOrMany, written } from './value.ts';

/** `shop: { vlan: 101, subnet: 10.1.1.0/24, router: 10.1.1.1 }` */
export const NetworkPart = z.strictObject({
  description: Description,
  vlan: z.int().min(1).max(4094).optional().describe('VLAN id on the ports of bridges'),
  transport: written(parseChoice(['vlan', 'vxlan', 'untagged']))
    .optional()
    .describe('how frames travel between hosts'),
  vni: z.int().min(1).max(16_777_215).optional().describe('VXLAN network identifier'),
  underlay: written(parseReference).optional().describe('network whose host addresses carry the VXLAN packets'),
  subnet: oneOrMany(written(parsePrefix)).optional().describe('prefix, or a list of prefixes'),
  router: oneOrMany(written(parseAddress)).optional().describe('default router of the members, one an address family'),
  external: z.boolean().optional().describe('whether `internet` lies beyond it'),
  dhcp: later('serves addresses by DHCP'),
  isolated: later('keeps the members of a network from reaching each other'),
  realm: later('puts a network into a routing domain with addresses of its own'),
  mtu: later('sets the size of the packets of a network'),
});
export type NetworkPart = z.infer<typeof NetworkPart>;
