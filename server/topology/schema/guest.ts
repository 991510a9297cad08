import * as z from 'zod';
import { parseAddressOrAuto } from '../grammar/auto.ts';
import { parseChoice } from '../grammar/choice.ts';
import { parseBorrowedPort } from '../grammar/interface-name.ts';
import { parseMac } from '../grammar/mac.ts';
import { parseHome } from '../grammar/home.ts';
import { parseListens } from '../grammar/service.ts';
import { ProtectionPart } from './protection.ts';
import { SizePart } from './size.ts';
import { Description, named, oneOrMany, oneOrMore, written, writtenOrNumber } from './value.ts';

/** `shop: auto`, `shop: 10.1.1.10`, a list of addresses, or `{ address: 10.1.1.10, mac: "02:00:00:01:02:0a", default: true }` */
export const GuestNicPart = z.union([
  written(parseAddressOrAuto),
  z.array(written(parseAddressOrAuto)),
  z.strictObject({
    description: Description,
    address: oneOrMany(written(parseAddressOrAuto))
      .optional()
      .meta({ description: 'address, or a list of addresses', examples: ['10.1.1.10', 'auto'] }),
    mac: written(parseMac).optional().describe('MAC address, or `low24`; derived from the address where left out'),
    default: z
      .boolean()
      .optional()
      .meta({ description: 'whether its default route leads out here', examples: [true] }),
    port: written(parseBorrowedPort)
      .optional()
      .meta({ description: 'interface of an existing machine on the host (`vnet3`)', examples: ['vnet3'] }),
  }),
]);
export type GuestNicPart = z.infer<typeof GuestNicPart>;

/** `web1: { on: gw-x, nics: { shop: 10.1.1.10 }, listens: [8443/tcp] }` */
export const GuestPart = z.strictObject({
  description: Description,
  on: oneOrMore(written(parseHome)).meta({
    description: 'its host; of several, or with `auto` of all that carry its networks, one with room is chosen',
    examples: ['gw-x', ['gw-x', 'gw-y'], 'auto'],
  }),
  nics: named(GuestNicPart)
    .nullish()
    .meta({ description: 'its interfaces, by network', examples: [{ shop: '10.1.1.10' }] }),
  listens: oneOrMany(writtenOrNumber(parseListens))
    .nullish()
    .meta({ description: 'ports where it answers', examples: [['8443/tcp', '10000-10100/udp']] }),
  runs: written(parseChoice(['external', 'netns', 'vm']))
    .optional()
    .meta({
      description: 'what it is made as; an `external` one is made by someone else and only attached',
      default: 'external',
      examples: ['netns'],
    }),
  protection: ProtectionPart,
  needs: SizePart.nullish().meta({
    description: 'what it takes of the capacity of its host',
    examples: [{ cpus: 2, memory: '4G' }],
  }),
});
export type GuestPart = z.infer<typeof GuestPart>;
