import * as z from 'zod';
import { parseAddress } from '../grammar/address.ts';
import { parseChoice } from '../grammar/choice.ts';
import { parseMac } from '../grammar/mac.ts';
import { parseReference } from '../grammar/name.ts';
import { parseListens } from '../grammar/service.ts';
import { Description, later, named, oneOrMany, written, writtenOrNumber } from './value.ts';

const PORT = 'joins the interface of an existing machine to the network';

/** `shop: 10.1.1.10`, a list of addresses, or `{ address: 10.1.1.10, mac: "02:00:00:01:02:0a", default: true }` */
export const GuestNicPart = z.union([
  written(parseAddress),
  z.array(written(parseAddress)),
  z.strictObject({
    description: Description,
    address: oneOrMany(written(parseAddress)).optional().describe('address, or a list of addresses'),
    mac: written(parseMac).optional().describe('MAC address; derived from the name where left out'),
    default: z.boolean().optional().describe('whether its default route leads out here'),
    port: later(PORT),
    mtu: later('sets the size of the packets of an interface'),
  }),
]);
export type GuestNicPart = z.infer<typeof GuestNicPart>;

/** `web1: { on: gw-x, nics: { shop: 10.1.1.10 }, listens: [8443/tcp] }` */
export const GuestPart = z.strictObject({
  description: Description,
  on: written(parseReference).describe('the host that it runs on'),
  nics: named(GuestNicPart).nullish().describe('its interfaces, by network'),
  listens: oneOrMany(writtenOrNumber(parseListens)).nullish().describe('ports where it answers'),
  runs: written(
    parseChoice(['external'], {
      netns: 'makes the guest as a network namespace',
      vm: 'makes the guest as a virtual machine',
    }),
  )
    .optional()
    .describe('who makes the guest'),
  protection: later('says what happens to it when its host is lost'),
  needs: later('says how much memory and how many processors it takes'),
  port: later(PORT),
});
export type GuestPart = z.infer<typeof GuestPart>;
