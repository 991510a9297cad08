import * as z from 'zod';
import { parseAddress } from '../grammar/address.ts';
import { parseChoice } from '../grammar/choice.ts';
import { parseEndpoint } from '../grammar/endpoint.ts';
import { parseMasquerade } from '../grammar/masquerade.ts';
import { parseReference } from '../grammar/name.ts';
import { checkPorts, parseListen, parsePublish } from '../grammar/publish.ts';
import { parseTarget } from '../grammar/target.ts';
import { notYet } from '../problem.ts';
import { Description, later, named, oneOrMany, oneOrMore, tell, written, writtenOrNumber } from './value.ts';

/** `wan: 192.0.2.11`, a list of addresses, or `{ shared: 192.0.2.11, address: 192.0.2.12 }` */
export const GatewayNicPart = z.union([
  written(parseAddress),
  z.array(written(parseAddress)),
  z.strictObject({
    description: Description,
    shared: oneOrMany(written(parseAddress)).optional().describe('address that moves between the members'),
    address: oneOrMany(written(parseAddress)).optional().describe("a member's own address"),
    mac: later('sets the MAC address of an interface of a gateway'),
    default: later('makes this the interface of the default route'),
    mtu: later('sets the size of the packets of an interface'),
  }),
]);
export type GatewayNicPart = z.infer<typeof GatewayNicPart>;

/** `443/tcp -> web1:8443`, or `{ listen: 192.0.2.12:25/tcp, to: web2:2525, from: [198.51.100.0/24] }` */
export const PublishPart = z.union([
  written(parsePublish),
  z
    .strictObject({
      listen: writtenOrNumber(parseListen).describe('address and ports outside'),
      to: written(parseTarget).describe('guest or address inside, with the port there'),
      from: oneOrMore(written(parseEndpoint)).optional().describe('the only sources that may use it'),
    })
    .superRefine(({ listen, to }, context) => {
      const reading = checkPorts(listen, to);
      if (!reading.ok) tell(context, reading.problem, ['to']);
    }),
]);
export type PublishPart = z.infer<typeof PublishPart>;

const NatPart = z.strictObject({
  masquerade: oneOrMany(written(parseMasquerade))
    .nullish()
    .describe('flows that leave with the address of the gateway'),
  publish: oneOrMany(PublishPart).nullish().describe('port mappings, outside to inside'),
  'one-to-one': later('maps a whole address to another one'),
});

const Members = z.union([
  written(parseReference).transform((host) => [host]),
  z
    .array(written(parseReference))
    .min(1)
    .superRefine((hosts, context) => {
      if (hosts.length < 2) return;
      const reading = notYet('A gateway on several hosts', 'is a failover cluster', 0, 'name one host');
      if (!reading.ok) tell(context, reading.problem, [1]);
    }),
]);

/** `vgw-1: { on: gw-x, nics: { wan: 192.0.2.11, shop: 10.1.1.1 }, nat: { masquerade: shop -> wan } }` */
export const GatewayPart = z.strictObject({
  description: Description,
  on: Members.describe('the host that it runs on'),
  runs: written(
    parseChoice(['netns'], {
      vm: 'makes the gateway as a virtual machine',
      host: "lets the gateway run in the host's own stack",
    }),
  )
    .optional()
    .describe('what the gateway is made as'),
  nics: named(GatewayNicPart).nullish().describe('its interfaces, by network'),
  nat: NatPart.nullish().describe('translation of addresses'),
  failover: later('sets how the members of a cluster take over from each other'),
  balance: later('spreads connections over several guests'),
  intercept: later('hands connections to a transparent proxy'),
  routes: later('adds routes to networks behind other routers'),
  protection: later('says what happens to it when its host is lost'),
  needs: later('says how much memory and how many processors it takes'),
});
export type GatewayPart = z.infer<typeof GatewayPart>;
