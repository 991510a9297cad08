import { expect, test } from 'vitest';
import { bridge } from '../../../server/kinds/bridge/index.ts';
import type { Bridge } from '../../../server/kinds/bridge/resource.ts';
import { staged } from '../support/text.ts';

const plain: Bridge = {
  kind: 'bridge',
  id: 'bridge:br0',
  scope: '',
  device: 'br0',
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  vlanAware: false,
  vlans: [],
  stp: false,
  linkLocalLearning: true,
  up: true,
  marked: true,
  existing: false,
};
const aware: Bridge = { ...plain, vlanAware: true, vlans: [{ vid: 20, pvid: false, untagged: false }] };

test.each<[string, Bridge | undefined, Bridge | undefined, string]>([
  [
    'a plain bridge',
    undefined,
    plain,
    `builds:
ip link add name br0 group 21580 address 02:00:00:00:00:01 mtu 1501 type bridge stp_state 0
ip link set dev br0 mtu 1500 alias trunkline:1:shop:bridge:br0
opens:
ip link set dev br0 up`,
  ],
  [
    'a VLAN-aware bridge with a VLAN of the host itself',
    undefined,
    aware,
    `builds:
ip link add name br0 group 21580 address 02:00:00:00:00:01 mtu 1501 type bridge stp_state 0 vlan_default_pvid 0 vlan_filtering 1
ip link set dev br0 mtu 1500 alias trunkline:1:shop:bridge:br0
bridge vlan add dev br0 vid 20 self
opens:
ip link set dev br0 up`,
  ],
  ['another MTU', plain, { ...plain, mtu: 9000 }, 'builds:\nip link set dev br0 mtu 9000'],
  ['it was taken down', { ...plain, up: false }, plain, 'opens:\nip link set dev br0 up'],
  [
    'spanning tree was switched on',
    { ...plain, stp: true },
    plain,
    'builds:\nip link set dev br0 type bridge stp_state 0',
  ],
  [
    'plain to VLAN-aware',
    plain,
    aware,
    `builds:
ip link set dev br0 type bridge vlan_default_pvid 0 vlan_filtering 1
bridge vlan add dev br0 vid 20 self`,
  ],
  [
    'VLAN-aware to plain: down meanwhile, or networks would meet',
    aware,
    plain,
    `closes:
ip link set dev br0 down
builds:
ip link set dev br0 type bridge vlan_filtering 0
bridge vlan del dev br0 vid 20 self
opens:
ip link set dev br0 up`,
  ],
  [
    'made and never marked',
    { ...plain, marked: false, mtu: 1501, up: false },
    plain,
    `builds:
ip link set dev br0 mtu 1500 alias trunkline:1:shop:bridge:br0
opens:
ip link set dev br0 up`,
  ],
  ['no longer wanted', plain, undefined, 'removes:\nip link set dev br0 group 29810'],
])('%s', (_case, before, after, expected) => {
  expect(staged(bridge, before, after)).toBe(expected);
});

test('is never replaced', () => {
  expect(bridge.replaces?.(plain, aware) ?? false).toBe(false);
});

test.each<[Bridge | undefined, Bridge | undefined, string]>([
  [undefined, plain, 'hitless'],
  [plain, { ...plain, mtu: 9000, mac: '02:00:00:00:00:09' }, 'hitless'],
  [aware, plain, 'flap'],
  [plain, undefined, 'reconnect'],
])('cost %#', (before, after, cost) => {
  expect(bridge.cost?.(before, after)).toBe(cost);
});
