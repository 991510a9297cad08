import * as z from 'zod';
import { parseAccess } from '../grammar/access.ts';
import { parseAddress } from '../grammar/address.ts';
import { parseGlob } from '../grammar/endpoint.ts';
import { parseBorrowedPort } from '../grammar/interface-name.ts';
import { parseName } from '../grammar/name.ts';
import { Description, later, named, oneOrMany, written } from './value.ts';

const TAKEOVER = 'moves the addresses and routes that a port carries';

/** What may be said of a borrowed port: `{ eno1: { fabric: dmz } }`. */
const PortPart = z.strictObject({
  fabric: written(parseName).optional().describe('the wire that the port is plugged into'),
  takeover: later(TAKEOVER),
});

/** `br0: { ports: [eno1, { eno2: { fabric: dmz } }], networks: [shop, "app-*"] }` */
export const BridgePart = z.strictObject({
  description: Description,
  ports: oneOrMany(z.union([written(parseBorrowedPort), named(PortPart)]))
    .nullish()
    .describe('physical ports of the host that it borrows'),
  networks: oneOrMany(written(parseGlob))
    .optional()
    .describe('the networks it carries; every other one where left out'),
  existing: later('adds to a bridge that someone else made'),
  takeover: later(TAKEOVER),
  mtu: later('sets the size of the packets of a bridge'),
});
export type BridgePart = z.infer<typeof BridgePart>;

/** `mgmt: 10.0.20.11`, a list of addresses, or `{ address: 10.0.20.11, port: eno1 }` */
export const HostNicPart = z.union([
  written(parseAddress),
  z.array(written(parseAddress)),
  z.strictObject({
    description: Description,
    address: oneOrMany(written(parseAddress)).optional().describe('address, or a list of addresses'),
    port: written(parseBorrowedPort).optional().describe('physical port to use without a bridge'),
    mac: later('sets the MAC address of an interface of the host'),
    default: later('makes this the interface of the default route'),
    takeover: later(TAKEOVER),
    mtu: later('sets the size of the packets of an interface'),
  }),
]);
export type HostNicPart = z.infer<typeof HostNicPart>;

export const HostPart = z.strictObject({
  description: Description,
  access: written(parseAccess).describe('`local`, or `ssh://USER@HOST`'),
  bridges: named(BridgePart).nullish().describe('bridges on the host, by interface name'),
  nics: named(HostNicPart).nullish().describe("the host's own addresses, by network"),
  bonds: later('joins ports of a host into one'),
  capacity: later('says how much memory and how many processors a host has'),
  routes: later('adds routes of the host itself'),
  takeover: later(TAKEOVER),
});
export type HostPart = z.infer<typeof HostPart>;
