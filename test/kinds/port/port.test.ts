import { expect, test } from 'vitest';
import { port } from '../../../server/kinds/port/index.ts';
import type { Port } from '../../../server/kinds/port/resource.ts';
import { staged } from '../support/text.ts';
import { addressOn, link, ours, view } from '../support/view.ts';

const wanted: Port = {
  kind: 'port',
  id: 'port:eno1',
  scope: '',
  device: 'eno1',
  bridge: 'br0',
  bond: null,
  foreign: false,
  isolated: false,
  takeover: false,
  vlans: [
    { vid: 20, pvid: false, untagged: false },
    { vid: 4094, pvid: true, untagged: true },
  ],
  mtu: 1500,
  up: true,
  borrowed: true,
};
const former: Port = { ...wanted, bridge: null, vlans: [], mtu: 9000, up: false, borrowed: false };

test.each<[string, Port | undefined, Port | undefined, string]>([
  [
    'an uplink: its VLANs before it is up; its greater MTU stays',
    former,
    wanted,
    `opens:
ip link set dev eno1 master br0
bridge vlan add dev eno1 vid 20
bridge vlan add dev eno1 vid 4094 pvid untagged
ip link set dev eno1 up`,
  ],
  [
    'a greater MTU is asked for',
    { ...wanted, mtu: 1500 },
    { ...wanted, mtu: 9000 },
    'builds:\nip link set dev eno1 mtu 9000',
  ],
  [
    'given back as it was',
    wanted,
    former,
    `removes:
ip link set dev eno1 down nomaster mtu 9000`,
  ],
  ['given back where nobody knows how it was', wanted, undefined, 'removes:\nip link set dev eno1 nomaster'],
  [
    'other networks on the wire',
    wanted,
    { ...wanted, vlans: [{ vid: 30, pvid: false, untagged: false }] },
    `closes:
bridge vlan del dev eno1 vid 20
bridge vlan del dev eno1 vid 4094
opens:
bridge vlan add dev eno1 vid 30`,
  ],
  [
    'a port of a bond: down first, and one thing at a time',
    { ...former, up: true },
    { ...wanted, bridge: null, bond: 'bond0', vlans: [] },
    `opens:
ip link set dev eno1 down
ip link set dev eno1 master bond0
ip link set dev eno1 up`,
  ],
  [
    'given back by a bond, which leaves it down and with another MTU',
    { ...wanted, bridge: null, bond: 'bond0', vlans: [] },
    { ...former, up: true },
    `removes:
ip link set dev eno1 nomaster
ip link set dev eno1 mtu 9000
ip link set dev eno1 up`,
  ],
  [
    'from a bond to a bridge',
    { ...wanted, bridge: null, bond: 'bond0', vlans: [] },
    wanted,
    `closes:
ip link set dev eno1 nomaster
ip link set dev eno1 mtu 1500
ip link set dev eno1 up
opens:
ip link set dev eno1 master br0
bridge vlan add dev eno1 vid 20
bridge vlan add dev eno1 vid 4094 pvid untagged`,
  ],
  [
    'into a bridge of somebody else: silent until it is in none of the VLANs there',
    { ...former, up: true },
    { ...wanted, bridge: 'vmbr0', foreign: true, vlans: null },
    `opens:
ip link set dev eno1 down master vmbr0
bridge vlan del dev eno1 vid 1-4094
ip link set dev eno1 up`,
  ],
  [
    'where it is already in somebody else’s bridge nothing is done to it',
    { ...former, bridge: 'vmbr0', foreign: true, vlans: null, up: true },
    { ...wanted, bridge: 'vmbr0', foreign: true, vlans: null },
    'opens:',
  ],
])('%s', (_case, before, after, expected) => {
  expect(staged(port, before, after)).toBe(expected);
});

const claim = { topology: 'shop', wanted: new Map([[wanted.id, wanted]]) };
const br0 = ours(2, 'br0', 'bridge:br0', { type: 'bridge', data: { vlan_filtering: 1 } });

test('is ours once it is in the bridge that it is wanted in; a tap that somebody put there is not', () => {
  const vlans = [
    { vid: 20, pvid: false, untagged: false },
    { vid: 4094, pvid: true, untagged: true },
  ];
  const host = view([br0, link(3, 'eno1', { master: 2, mtu: 9000, vlans }), link(4, 'vnet3', { master: 2 })]);
  expect(port.observe(host, claim)).toEqual([wanted]);
  expect(port.observe(host, { topology: 'shop', wanted: new Map() })).toEqual([]);
});

test('is ours, whatever it is like, while its former values are kept', () => {
  const record = { format: 1, topology: 'shop', former: { [former.id]: former } };
  const host = view([br0, link(3, 'eno1', { mtu: 9000, up: false })], { record });
  expect(port.observe(host, { topology: 'shop', wanted: new Map() })).toEqual([{ ...former, borrowed: true }]);
});

test('what it is like without us', () => {
  expect(port.former?.(wanted, view([link(3, 'eno1', { mtu: 9000, up: false })]))).toEqual(former);
  // In a bridge of ours already, and the record lost: its own master is not known, but it was not that bridge.
  expect(port.former?.(wanted, view([br0, link(3, 'eno1', { master: 2 })]))).toMatchObject({
    bridge: null,
    borrowed: false,
  });
});

test('addresses the kernel made itself do not matter, others stand in the way', () => {
  const own = addressOn('fe80::1/64', { kernel: true, scope: 'link' });
  const foreign = addressOn('10.9.9.9/24');
  expect(port.obstacle?.(wanted, view([link(3, 'eno1', { addresses: [own] })]), claim)).toBeUndefined();
  expect(port.obstacle?.(wanted, view([link(3, 'eno1', { addresses: [own, foreign] })]), claim)).toContain(
    '10.9.9.9/24',
  );
});
