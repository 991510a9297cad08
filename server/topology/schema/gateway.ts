import * as z from 'zod';
import { parseAddress } from '../grammar/address.ts';
import { parseChoice } from '../grammar/choice.ts';
import { parseDuration } from '../grammar/duration.ts';
import { parseEndpoint } from '../grammar/endpoint.ts';
import { parseBorrowedPort } from '../grammar/interface-name.ts';
import { parseMac } from '../grammar/mac.ts';
import { parseMasquerade } from '../grammar/masquerade.ts';
import { parseName, parseReference } from '../grammar/name.ts';
import { parseOneToOne } from '../grammar/one-to-one.ts';
import { checkPorts, parseListen, parsePublish } from '../grammar/publish.ts';
import { parseService } from '../grammar/service.ts';
import { parseTarget } from '../grammar/target.ts';
import { DURATION } from './forms.ts';
import { ProtectionPart } from './protection.ts';
import { RouteParts } from './route.ts';
import { SizePart } from './size.ts';
import { Description, named, oneOrMany, oneOrMore, tell, written, writtenOrNumber } from './value.ts';

/** `wan: 192.0.2.11`, a list of addresses, or `{ shared: 192.0.2.11, address: 192.0.2.12 }` */
export const GatewayNicPart = z.union([
  written(parseAddress),
  z.array(written(parseAddress)),
  z.strictObject({
    description: Description,
    shared: oneOrMany(written(parseAddress))
      .optional()
      .meta({ description: 'address that moves between the members', examples: ['192.0.2.11'] }),
    address: z
      .union([oneOrMany(written(parseAddress)), named(oneOrMore(written(parseAddress)))])
      .optional()
      .meta({
        description: "a member's own address; of several members by host: `{ gw-x: 192.0.2.2, gw-y: 192.0.2.3 }`",
        examples: ['192.0.2.12', { 'gw-x': '192.0.2.2', 'gw-y': '192.0.2.3' }],
      }),
    mac: written(parseMac).optional().describe('MAC address, or `low24`; derived from the address where left out'),
    default: z
      .boolean()
      .optional()
      .meta({ description: 'whether the default route leads out here', examples: [true] }),
    port: written(parseBorrowedPort)
      .optional()
      .meta({ description: 'port of the host, used without a bridge (`runs: host`)', examples: ['eno1'] }),
    fabric: written(parseName)
      .optional()
      .meta({ description: 'the wire that `port` is plugged into', default: 'default', examples: ['dmz'] }),
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
      from: oneOrMore(written(parseEndpoint))
        .optional()
        .meta({ description: 'the only sources that may use it', examples: [['198.51.100.0/24']] }),
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
    .meta({ description: 'flows that leave with the address of the gateway', examples: [['shop -> wan']] }),
  publish: oneOrMany(PublishPart)
    .nullish()
    .meta({
      description: 'port mappings, outside to inside',
      examples: [['443/tcp -> web1:8443', { listen: '192.0.2.12:25/tcp', to: 'web2:2525', from: ['198.51.100.0/24'] }]],
    }),
  'one-to-one': oneOrMany(written(parseOneToOne))
    .nullish()
    .meta({
      description: 'whole addresses that stand for others, outside first',
      examples: [['192.0.2.50 <-> 10.1.2.10']],
    }),
});

/** `{ listen: 192.0.2.11:80/tcp, to: [web1:8080, web2:8080], method: round-robin, health: tcp }` */
export const BalancePart = z.strictObject({
  listen: writtenOrNumber(parseListen).describe('address and port outside'),
  to: oneOrMore(written(parseTarget)).meta({
    description: 'guests or addresses that share the connections',
    examples: [['web1:8080', 'web2:8080']],
  }),
  method: written(parseChoice(['round-robin', 'random', 'source']))
    .optional()
    .describe('who gets the next connection; with `source` a client stays where it was'),
  health: written(parseChoice(['tcp', 'none']))
    .optional()
    .describe('how a target is found to be alive'),
});
export type BalancePart = z.infer<typeof BalancePart>;

/** `{ take: 80/tcp, from: shop, to: proxy1:3129 }` */
export const InterceptPart = z.strictObject({
  take: oneOrMore(writtenOrNumber(parseService)).meta({
    description: 'services whose connections are taken',
    examples: ['80/tcp'],
  }),
  from: oneOrMore(written(parseReference)).meta({
    description: 'networks that the connections come from',
    examples: ['shop'],
  }),
  to: oneOrMore(written(parseTarget)).meta({
    description: 'proxies that get them, with their port',
    examples: ['proxy1:3129'],
  }),
});
export type InterceptPart = z.infer<typeof InterceptPart>;

// RFC 9568 has centiseconds in 12 bits: no advert interval is longer than 40.95 s.
const parseAdvertise = parseDuration(10, 40_950);

export const FailoverPart = z.strictObject({
  advertise: written(parseAdvertise, DURATION)
    .optional()
    .meta({ description: 'time between two adverts', default: '1s', examples: ['100ms'] }),
  'keep-connections': z
    .boolean()
    .optional()
    .meta({
      description: 'whether connections live on when another member takes over',
      default: true,
      examples: [false],
    }),
  preempt: z
    .boolean()
    .optional()
    .meta({
      description: 'whether the preferred member takes over again when it is back',
      default: false,
      examples: [true],
    }),
  adverts: written(parseChoice(['multicast', 'unicast']))
    .optional()
    .meta({ description: 'how adverts are sent', default: 'multicast', examples: ['unicast'] }),
});
export type FailoverPart = z.infer<typeof FailoverPart>;

/** `vgw-1: { on: gw-x, nics: { wan: 192.0.2.11, shop: 10.1.1.1 }, nat: { masquerade: shop -> wan } }` */
export const GatewayPart = z.strictObject({
  description: Description,
  on: oneOrMore(written(parseReference)).meta({
    description: 'the host that it runs on; several are a cluster, the first preferred',
    examples: ['gw-x', ['gw-x', 'gw-y']],
  }),
  runs: written(parseChoice(['netns', 'vm', 'host']))
    .optional()
    .meta({ description: 'what the gateway is made as', default: 'netns', examples: ['host'] }),
  nics: named(GatewayNicPart)
    .nullish()
    .meta({
      description: 'its interfaces, by network',
      examples: [{ wan: { shared: '192.0.2.11' }, shop: '10.1.1.1' }],
    }),
  nat: NatPart.nullish().meta({ description: 'translation of addresses', examples: [{ masquerade: ['shop -> wan'] }] }),
  failover: FailoverPart.nullish().meta({
    description: 'how the members of a cluster take over from each other',
    examples: [{ advertise: '100ms', 'keep-connections': true }],
  }),
  balance: oneOrMany(BalancePart)
    .nullish()
    .meta({
      description: 'connections spread over several guests',
      examples: [
        [{ listen: '192.0.2.11:80/tcp', to: ['web1:8080', 'web2:8080'], method: 'round-robin', health: 'tcp' }],
      ],
    }),
  intercept: oneOrMany(InterceptPart)
    .nullish()
    .meta({
      description: 'connections handed to a transparent proxy',
      examples: [[{ take: '80/tcp', from: 'shop', to: 'proxy1:3129' }]],
    }),
  routes: RouteParts.meta({
    description: 'routes to networks behind other routers',
    examples: [[{ to: '10.50.0.0/16', via: '10.1.1.254' }]],
  }),
  protection: ProtectionPart,
  needs: SizePart.nullish().meta({
    description: 'what it takes of the capacity of its host',
    examples: [{ cpus: 2, memory: '4G' }],
  }),
});
export type GatewayPart = z.infer<typeof GatewayPart>;
