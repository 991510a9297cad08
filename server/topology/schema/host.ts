import * as z from 'zod';
import { parseAccess } from '../grammar/access.ts';
import { parseAddress } from '../grammar/address.ts';
import { parseGlob } from '../grammar/endpoint.ts';
import { parseChoice } from '../grammar/choice.ts';
import { parseBorrowedPort, parseBridgeName } from '../grammar/interface-name.ts';
import { parseMac } from '../grammar/mac.ts';
import { parseName } from '../grammar/name.ts';
import { RouteParts } from './route.ts';
import { SizePart } from './size.ts';
import { Description, named, oneOrMany, oneOrMore, written } from './value.ts';

const Takeover = z
  .boolean()
  .optional()
  .meta({
    description: 'whether addresses and routes that the port carries are moved',
    default: false,
    examples: [true],
  });

/** What may be said of a borrowed port: `{ eno1: { fabric: dmz } }`. */
export const PortPart = z.strictObject({
  fabric: written(parseName)
    .optional()
    .meta({ description: 'the wire that the port is plugged into', default: 'default', examples: ['dmz'] }),
  takeover: Takeover,
});

const BONDS = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;

/** `bond0: { ports: [eno1, eno2], mode: 802.3ad }` */
export const BondPart = z.strictObject({
  description: Description,
  ports: oneOrMore(
    z.union([written(parseBorrowedPort), named(z.strictObject({ takeover: Takeover }), parseBorrowedPort)]),
  ).describe('physical ports of the host that it joins'),
  mode: written(parseChoice(BONDS))
    .optional()
    .meta({
      description: 'how the ports share the work; `active-backup` where left out',
      default: 'active-backup',
      examples: ['802.3ad'],
    }),
  hash: written(parseChoice(['layer2', 'layer2+3', 'layer3+4']))
    .optional()
    .meta({
      description:
        'which flows share a port (`xmit_hash_policy`); `layer2+3` where left out, in modes that spread by it',
      examples: ['layer3+4'],
    }),
  primary: written(parseBorrowedPort)
    .optional()
    .meta({ description: 'port that is preferred while it is up', examples: ['eno1'] }),
});
export type BondPart = z.infer<typeof BondPart>;

/** `br0: { ports: [eno1, { eno2: { fabric: dmz } }], networks: [shop, "app-*"] }` */
export const BridgePart = z.strictObject({
  description: Description,
  ports: oneOrMany(z.union([written(parseBorrowedPort), named(PortPart, parseBorrowedPort)]))
    .nullish()
    .meta({
      description: 'physical ports or bonds of the host that it borrows',
      examples: [['eno1', { eno2: { fabric: 'dmz' } }]],
    }),
  networks: oneOrMany(written(parseGlob))
    .optional()
    .meta({ description: 'the networks it carries; every other one where left out', examples: [['shop', 'app-*']] }),
  existing: z
    .boolean()
    .optional()
    .meta({
      description: 'whether someone else made it; only VLANs and ports are added then',
      default: false,
      examples: [true],
    }),
});
export type BridgePart = z.infer<typeof BridgePart>;

/** `mgmt: 10.0.20.11`, a list of addresses, or `{ address: 10.0.20.11, port: eno1 }` */
export const HostNicPart = z.union([
  written(parseAddress),
  z.array(written(parseAddress)),
  z.strictObject({
    description: Description,
    address: oneOrMany(written(parseAddress))
      .optional()
      .meta({ description: 'address, or a list of addresses', examples: ['10.0.20.11'] }),
    port: written(parseBorrowedPort)
      .optional()
      .meta({ description: 'physical port to use without a bridge', examples: ['eno1'] }),
    fabric: written(parseName)
      .optional()
      .meta({ description: 'the wire that `port` is plugged into', default: 'default', examples: ['dmz'] }),
    mac: written(parseMac).optional().describe('MAC address, or `low24`; derived from the name where left out'),
    default: z
      .boolean()
      .optional()
      .meta({ description: "whether the host's default route leads out here", examples: [true] }),
    takeover: Takeover,
  }),
]);
export type HostNicPart = z.infer<typeof HostNicPart>;

export const HostPart = z.strictObject({
  description: Description,
  access: written(parseAccess).describe('`local`, or `ssh://USER@HOST`'),
  bridges: named(BridgePart, parseBridgeName)
    .nullish()
    .meta({ description: 'bridges on the host, by interface name', examples: [{ br0: { ports: ['eno1'] } }] }),
  nics: named(HostNicPart)
    .nullish()
    .meta({ description: "the host's own addresses, by network", examples: [{ mgmt: '10.0.20.11' }] }),
  bonds: named(BondPart, parseBridgeName)
    .nullish()
    .meta({
      description: 'ports joined into one, by interface name',
      examples: [{ bond0: { ports: ['eno1', 'eno2'], mode: '802.3ad' } }],
    }),
  capacity: SizePart.nullish().meta({
    description: 'what it has for guests and gateways',
    examples: [{ cpus: 8, memory: '16G' }],
  }),
  routes: RouteParts.meta({
    description: 'routes of the host itself',
    examples: [[{ to: '10.50.0.0/16', via: '10.1.1.254' }]],
  }),
});
export type HostPart = z.infer<typeof HostPart>;
