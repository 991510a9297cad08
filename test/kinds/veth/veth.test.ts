import { expect, test } from 'vitest';
import { veth } from '../../../server/kinds/veth/index.ts';
import type { Veth } from '../../../server/kinds/veth/resource.ts';
import { staged } from '../support/text.ts';
import { link, ours, scope, view } from '../support/view.ts';

const pvid = (vid: number) => ({ vid, pvid: true, untagged: true });
const guest: Veth = {
  kind: 'veth',
  id: 'veth:pweb-shop',
  scope: '',
  device: 'pweb-shop',
  bridge: 'br0',
  vlans: [],
  foreign: false,
  mac: null,
  mtu: 1500,
  isolated: false,
  up: true,
  marked: true,
  peer: { device: 'web-shop', namespace: null, mac: '02:00:00:00:02:01', mtu: 1500, up: false },
};
const tagged: Veth = { ...guest, vlans: [pvid(101)] };
const gateway: Veth = {
  ...tagged,
  id: 'veth:pvgw-shop',
  device: 'pvgw-shop',
  peer: { device: 'shop', namespace: 'shop-vgw', mac: '02:00:00:00:01:02', mtu: 1500, up: true },
};
const taken: Veth = { ...guest, peer: { device: null, namespace: null, mac: null, mtu: null, up: false } };

test.each<[string, Veth | undefined, Veth | undefined, string]>([
  [
    'a guest on a plain bridge',
    undefined,
    guest,
    `builds:
ip link add name pweb-shop group 21580 numtxqueues 1 numrxqueues 1 mtu 1500 up master br0 type veth peer name web-shop group 21580 address 02:00:00:00:02:01 mtu 1500 numtxqueues 1 numrxqueues 1
ip link set dev pweb-shop alias trunkline:1:shop:veth:pweb-shop
ip link set dev web-shop alias trunkline:1:shop:veth:pweb-shop+peer`,
  ],
  [
    'a gateway on a VLAN: both the VLAN and its own end come last',
    undefined,
    gateway,
    `builds:
ip link add name pvgw-shop group 21580 numtxqueues 1 numrxqueues 1 mtu 1500 up master br0 type veth peer name shop netns shop-vgw group 21580 address 02:00:00:00:01:02 mtu 1500 numtxqueues 1 numrxqueues 1
ip link set dev pvgw-shop alias trunkline:1:shop:veth:pvgw-shop
ip -n shop-vgw link set dev shop alias trunkline:1:shop:veth:pvgw-shop+peer
opens:
ip -n shop-vgw link set dev shop up
bridge vlan add dev pvgw-shop vid 101 pvid untagged`,
  ],
  [
    'another VLAN: the old network is left before any port joins the new one',
    tagged,
    { ...tagged, vlans: [pvid(102)] },
    `closes:
bridge vlan del dev pweb-shop vid 101
opens:
bridge vlan add dev pweb-shop vid 102 pvid untagged`,
  ],
  [
    'a VLAN that somebody added',
    { ...tagged, vlans: [{ vid: 7, pvid: false, untagged: false }, pvid(101)] },
    tagged,
    'closes:\nbridge vlan del dev pweb-shop vid 7',
  ],
  [
    'another bridge',
    guest,
    { ...guest, bridge: 'br1' },
    `closes:
ip link set dev pweb-shop nomaster
opens:
ip link set dev pweb-shop master br1`,
  ],
  [
    'another MTU and MAC',
    guest,
    { ...guest, mtu: 1450, peer: { ...guest.peer, mtu: 1450, mac: '02:00:00:00:02:09' } },
    `builds:
ip link set dev pweb-shop mtu 1450
ip link set dev web-shop address 02:00:00:00:02:09 mtu 1450`,
  ],
  [
    'made and never marked',
    { ...gateway, marked: false, vlans: [], peer: { ...gateway.peer, up: false } },
    gateway,
    `builds:
ip link set dev pvgw-shop alias trunkline:1:shop:veth:pvgw-shop
ip -n shop-vgw link set dev shop alias trunkline:1:shop:veth:pvgw-shop+peer
opens:
ip -n shop-vgw link set dev shop up
bridge vlan add dev pvgw-shop vid 101 pvid untagged`,
  ],
  ['no longer wanted', guest, undefined, 'removes:\nip link set dev pweb-shop group 29810'],
  [
    'put back after its guest had taken the far end: it waits to be taken again',
    undefined,
    taken,
    `builds:
ip link add name pweb-shop group 21580 numtxqueues 1 numrxqueues 1 mtu 1500 up master br0 type veth peer name web-shop group 21580 numtxqueues 1 numrxqueues 1
ip link set dev pweb-shop alias trunkline:1:shop:veth:pweb-shop
ip link set dev web-shop alias trunkline:1:shop:veth:pweb-shop+peer`,
  ],
])('%s', (_case, before, after, expected) => {
  expect(staged(veth, before, after)).toBe(expected);
});

const claim = (...wanted: readonly Veth[]) => ({
  topology: 'shop',
  wanted: new Map(wanted.map((each) => [each.id, each])),
});
const br0 = ours(2, 'br0', 'bridge:br0', { type: 'bridge', data: { vlan_filtering: 0 } });
const port = ours(3, 'pweb-shop', guest.id, { type: 'veth', master: 2, link: 4 });

test('the free end is compared while it is free', () => {
  const free = ours(4, 'eth0', `${guest.id}+peer`, { type: 'veth', link: 3, mac: '02:00:00:00:02:01', up: true });
  const [found] = veth.observe(view([br0, port, free]), claim(guest));
  expect(found).toEqual({ ...guest, peer: { ...guest.peer, device: 'eth0' } });
});

test('nothing about it is compared once a guest has it', () => {
  expect(veth.observe(view([br0, { ...port, linkElsewhere: true }]), claim(guest))).toEqual([guest]);
});

test('what nobody wants any more keeps the address that the kernel chose, so that it can be put back', () => {
  const [found] = veth.observe(view([br0, { ...port, linkElsewhere: true }]), claim());
  expect(found).toEqual({ ...taken, mac: port.mac });
  expect(veth.observe(view([br0, port]), claim(guest))[0]?.mac).toBeNull();
});

test('VLANs of a port of a plain bridge mean nothing and are not looked at', () => {
  const vlans = [{ vid: 1, pvid: true, untagged: true }];
  expect(veth.observe(view([br0, { ...port, vlans, linkElsewhere: true }]), claim(guest))).toEqual([guest]);
});

test('a pair without any mark is ours by group and name, and its far end by the index', () => {
  const bare = { type: 'veth', group: 21_580 };
  const inside = scope('shop-vgw', [
    link(7, 'shop', { ...bare, link: 3, linkElsewhere: true, mac: '02:00:00:00:01:02', up: false }),
  ]);
  const host = view([br0, link(3, 'pvgw-shop', { ...bare, master: 2, link: 7, linkElsewhere: true })], {
    inside: [inside],
  });
  const [found] = veth.observe(host, claim({ ...gateway, vlans: [] }));
  expect(found).toEqual({ ...gateway, vlans: [], marked: false, peer: { ...gateway.peer, up: false } });
  expect(veth.observe(host, claim())).toEqual([]);
});

test('an end that is in another namespace than it should be cannot be fetched: the pair is made anew', () => {
  expect(veth.replaces?.(taken, gateway)).toBe(true);
  expect(veth.replaces?.(guest, { ...guest, mtu: 1400 })).toBe(false);
});
