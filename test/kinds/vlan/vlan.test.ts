import { expect, test } from 'vitest';
import { vlan } from '../../../server/kinds/vlan/index.ts';
import type { Vlan } from '../../../server/kinds/vlan/resource.ts';
import { staged } from '../support/text.ts';
import { ours, view } from '../support/view.ts';

const mgmt: Vlan = {
  kind: 'vlan',
  id: 'vlan:br0-mgmt',
  scope: '',
  device: 'br0-mgmt',
  bridge: 'br0',
  vid: 20,
  mac: null,
  mtu: 1500,
  up: true,
  marked: true,
};

test.each<[string, Vlan | undefined, Vlan | undefined, string]>([
  [
    'a VLAN device, up when its bridge is',
    undefined,
    mgmt,
    `builds:
ip link add link br0 name br0-mgmt group 21580 mtu 1500 type vlan id 20
ip link set dev br0-mgmt alias trunkline:1:shop:vlan:br0-mgmt
opens:
ip link set dev br0-mgmt up`,
  ],
  [
    'another MAC',
    mgmt,
    { ...mgmt, mac: '02:00:00:00:00:20' },
    'builds:\nip link set dev br0-mgmt address 02:00:00:00:00:20',
  ],
  ['it went down with its bridge', { ...mgmt, up: false }, mgmt, 'opens:\nip link set dev br0-mgmt up'],
  ['no longer wanted', mgmt, undefined, 'removes:\nip link set dev br0-mgmt group 29810'],
])('%s', (_case, before, after, expected) => {
  expect(staged(vlan, before, after)).toBe(expected);
});

test('another VLAN id or bridge is another device', () => {
  expect(vlan.replaces?.(mgmt, { ...mgmt, vid: 21 })).toBe(true);
  expect(vlan.replaces?.(mgmt, { ...mgmt, bridge: 'br1' })).toBe(true);
  expect(vlan.replaces?.(mgmt, { ...mgmt, mtu: 1400 })).toBe(false);
});

test('is found by its mark; its MAC counts only where one is asked for', () => {
  const host = view([
    ours(2, 'br0', 'bridge:br0', { type: 'bridge' }),
    ours(3, 'br0-mgmt', 'vlan:br0-mgmt', { type: 'vlan', link: 2, data: { protocol: '802.1Q', id: 20, flags: [] } }),
  ]);
  expect(vlan.observe(host, { topology: 'shop', wanted: new Map([[mgmt.id, mgmt]]) })).toEqual([mgmt]);
});
