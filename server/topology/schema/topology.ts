import * as z from 'zod';
import { parseName } from '../grammar/name.ts';
import { GatewayPart } from './gateway.ts';
import { GuestPart } from './guest.ts';
import { HostPart } from './host.ts';
import { NetworkPart } from './network.ts';
import { ExpectPart, PolicyPart } from './rule.ts';
import { Description, named, written } from './value.ts';

/** A whole file. */
export const TopologyPart = z.strictObject({
  topology: written(parseName).meta({
    description: 'its name; every object made on a host is marked with it',
    examples: ['shop'],
  }),
  description: Description,
  networks: named(NetworkPart)
    .nullish()
    .meta({
      description: 'layer-2 segments and the subnets on them',
      examples: [{ shop: { vlan: 101, subnet: ['10.1.1.0/24', '2001:db8:1::/64'] } }],
    }),
  hosts: named(HostPart)
    .nullish()
    .meta({
      description: 'machines that carry bridges, guests and gateways',
      examples: [{ 'gw-x': { access: 'ssh://root@gw-x.example.net', bridges: { br0: { ports: ['eno1'] } } } }],
    }),
  guests: named(GuestPart)
    .nullish()
    .meta({
      description: 'what is attached to networks',
      examples: [{ web1: { on: 'gw-x', nics: { shop: '10.1.1.10' }, listens: ['8443/tcp'] } }],
    }),
  gateways: named(GatewayPart)
    .nullish()
    .meta({
      description: 'routers with NAT and firewall',
      examples: [
        { 'vgw-1': { on: 'gw-x', nics: { wan: '192.0.2.11', shop: '10.1.1.1' }, nat: { masquerade: 'shop -> wan' } } },
      ],
    }),
  policy: z
    .array(PolicyPart)
    .nullish()
    .meta({
      description: 'what may pass between networks',
      examples: [[{ allow: '5432/tcp', from: 'shop', to: 'db1' }]],
    }),
  expect: z
    .array(ExpectPart)
    .nullish()
    .meta({
      description: 'what must be true end to end',
      examples: [[{ allow: '443/tcp', from: 'internet', to: '192.0.2.11', reaches: 'web1:8443' }]],
    }),
});
export type TopologyPart = z.infer<typeof TopologyPart>;
