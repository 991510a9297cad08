import * as z from 'zod';
import { parseName } from '../grammar/name.ts';
import { GatewayPart } from './gateway.ts';
import { GuestPart } from './guest.ts';
import { HostPart } from './host.ts';
import { NetworkPart } from './network.ts';
import { ExpectPart, PolicyPart } from './rule.ts';
import { Description, later, named, written } from './value.ts';

/** A whole file. */
export const TopologyPart = z.strictObject({
  topology: written(parseName).describe('its name; every object made on a host is marked with it'),
  description: Description,
  networks: named(NetworkPart).nullish().describe('layer-2 segments and the subnets on them'),
  hosts: named(HostPart).nullish().describe('machines that carry bridges, guests and gateways'),
  guests: named(GuestPart).nullish().describe('what is attached to networks'),
  gateways: named(GatewayPart).nullish().describe('routers with NAT and firewall'),
  policy: z.array(PolicyPart).nullish().describe('what may pass between networks'),
  expect: z.array(ExpectPart).nullish().describe('what must be true end to end'),
  parameters: later('gives values to be used in `${…}`'),
  for: later('repeats a part of the file'),
  use: later('takes in parts from other files'),
});
export type TopologyPart = z.infer<typeof TopologyPart>;
