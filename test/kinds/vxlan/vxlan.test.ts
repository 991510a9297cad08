import { expect, test } from 'vitest';
import { vxlan } from '../../../server/kinds/vxlan/index.ts';
import type { Vxlan } from '../../../server/kinds/vxlan/resource.ts';
import { staged } from '../support/text.ts';
import { link, ours, view } from '../support/view.ts';

const far: Vxlan = {
  kind: 'vxlan',
  id: 'vxlan:vx-far',
  scope: '',
  device: 'vx-far',
  bridge: 'br-far',
  vlans: [],
  vni: 5000,
  port: 4789,
  local: '10.0.20.11',
  underlay: 'br-mgmt',
  mtu: 1450,
  remotes: ['10.0.20.12', '10.0.20.13'],
  underlayLink: 'bridge:br-mgmt',
  up: true,
  marked: true,
};

test.each<[string, Vxlan | undefined, Vxlan | undefined, string]>([
  [
    'a tunnel to two hosts',
    undefined,
    far,
    `builds:
ip link add name vx-far group 21580 mtu 1450 master br-far type vxlan id 5000 local 10.0.20.11 dev br-mgmt dstport 4789
ip link set dev vx-far alias trunkline:1:shop:vxlan:vx-far
bridge fdb append 00:00:00:00:00:00 dev vx-far dst 10.0.20.12 self permanent
bridge fdb append 00:00:00:00:00:00 dev vx-far dst 10.0.20.13 self permanent
opens:
ip link set dev vx-far up`,
  ],
  [
    'one host leaves, another joins: nothing is sent to the one before anything is sent to the other',
    far,
    { ...far, remotes: ['10.0.20.13', '10.0.20.14'] },
    `closes:
bridge fdb del 00:00:00:00:00:00 dev vx-far dst 10.0.20.12 self permanent
opens:
bridge fdb append 00:00:00:00:00:00 dev vx-far dst 10.0.20.14 self permanent`,
  ],
  ['less, before the underlay', far, { ...far, mtu: 1430 }, 'closes:\nip link set dev vx-far mtu 1430'],
  ['more, after the underlay', far, { ...far, mtu: 8950 }, 'opens:\nip link set dev vx-far mtu 8950'],
  ['no longer wanted', far, undefined, 'removes:\nip link set dev vx-far group 29810'],
])('%s', (_case, before, after, expected) => {
  expect(staged(vxlan, before, after)).toBe(expected);
});

test.each<[string, Partial<Vxlan>]>([
  ['VNI', { vni: 5001 }],
  ['UDP port', { port: 8472 }],
  ['own address', { local: '10.0.20.99' }],
  ['underlay', { underlay: 'br0' }],
])('another %s is another device', (_field, change) => {
  expect(vxlan.replaces?.(far, { ...far, ...change })).toBe(true);
});

const claim = { topology: 'shop', wanted: new Map([[far.id, far]]) };

test('floods to exactly the entries for the address of all zeros', () => {
  const fdb = [
    { mac: '00:00:00:00:00:00', destination: '10.0.20.13', flags: ['self', 'permanent'] },
    { mac: '00:00:00:00:00:00', destination: '10.0.20.12', flags: ['self', 'permanent'] },
    { mac: '02:00:00:00:09:09', destination: '10.0.20.12', flags: ['self'] },
  ];
  const data = { id: 5000, local: '10.0.20.11', link: 'br-mgmt', port: 4789 };
  const host = view([
    ours(2, 'br-mgmt', 'bridge:br-mgmt', { type: 'bridge' }),
    ours(3, 'br-far', 'bridge:br-far', { type: 'bridge' }),
    ours(4, 'vx-far', 'vxlan:vx-far', { type: 'vxlan', master: 3, mtu: 1450, data, fdb }),
  ]);
  expect(vxlan.observe(host, claim)).toEqual([far]);
});

test('a VNI that another topology uses stands in the way', () => {
  const other = link(9, 'vx9', { type: 'vxlan', alias: 'trunkline:1:other:vxlan:vx9', data: { id: 5000, port: 4789 } });
  expect(vxlan.obstacle?.(far, view([other]), claim)).toContain('belongs to topology other');
});
