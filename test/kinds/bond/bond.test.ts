import { describe, expect, test } from 'vitest';
import { bond } from '../../../server/kinds/bond/index.ts';
import type { Bond } from '../../../server/kinds/bond/resource.ts';
import { compiled } from '../support/topology.ts';
import { staged } from '../support/text.ts';
import { link, ours, view } from '../support/view.ts';

const backup: Bond = {
  kind: 'bond',
  id: 'bond:bond0',
  scope: '',
  device: 'bond0',
  mode: 'active-backup',
  hash: null,
  primary: 'eno1',
  lacpRate: null,
  miimon: 100,
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  bridge: 'br0',
  vlans: [{ vid: 20, pvid: false, untagged: false }],
  foreign: false,
  up: true,
  marked: true,
};
const lacp: Bond = { ...backup, mode: '802.3ad', hash: 'layer2+3', primary: null, lacpRate: 'fast' };

test.each<[string, Bond | undefined, Bond | undefined, string]>([
  [
    'one port works at a time: made down, with its VLANs before it is up',
    undefined,
    backup,
    `builds:
ip link add name bond0 group 21580 address 02:00:00:00:00:01 mtu 1500 master br0 type bond mode active-backup miimon 100 primary eno1
ip link set dev bond0 alias trunkline:1:shop:bond:bond0
bridge vlan add dev bond0 vid 20
opens:
ip link set dev bond0 up`,
  ],
  [
    'LACP, by itself',
    undefined,
    { ...lacp, bridge: null, vlans: [] },
    `builds:
ip link add name bond0 group 21580 address 02:00:00:00:00:01 mtu 1500 type bond mode 802.3ad miimon 100 xmit_hash_policy layer2+3 lacp_rate fast
ip link set dev bond0 alias trunkline:1:shop:bond:bond0
opens:
ip link set dev bond0 up`,
  ],
  [
    'in a bridge of somebody else it leaves the VLANs it is put into there',
    undefined,
    { ...backup, foreign: true },
    `builds:
ip link add name bond0 group 21580 address 02:00:00:00:00:01 mtu 1500 master br0 type bond mode active-backup miimon 100 primary eno1
ip link set dev bond0 alias trunkline:1:shop:bond:bond0
bridge vlan del dev bond0 vid 1-4094
bridge vlan add dev bond0 vid 20
opens:
ip link set dev bond0 up`,
  ],
  [
    'another hash, in place',
    lacp,
    { ...lacp, hash: 'layer3+4' },
    'builds:\nip link set dev bond0 type bond xmit_hash_policy layer3+4',
  ],
  [
    'other options, in place',
    backup,
    { ...backup, primary: 'eno2', miimon: 200, mtu: 9000 },
    'builds:\nip link set dev bond0 mtu 9000\nip link set dev bond0 type bond miimon 200 primary eno2',
  ],
  [
    'other networks on the wire',
    backup,
    { ...backup, vlans: [{ vid: 30, pvid: false, untagged: false }] },
    'closes:\nbridge vlan del dev bond0 vid 20\nopens:\nbridge vlan add dev bond0 vid 30',
  ],
  ['no longer wanted', backup, undefined, 'removes:\nip link set dev bond0 group 29810'],
])('%s', (_case, before, after, expected) => {
  expect(staged(bond, before, after)).toBe(expected);
});

test('what the kernel cannot change is made anew', () => {
  expect(bond.replaces?.(backup, lacp)).toBe(true);
  expect(bond.replaces?.(lacp, { ...lacp, lacpRate: 'slow' })).toBe(true);
  expect(bond.replaces?.(backup, { ...backup, primary: null })).toBe(true);
  expect(bond.replaces?.({ ...backup, primary: null }, backup)).toBe(false);
  expect(bond.replaces?.(lacp, { ...lacp, hash: 'layer3+4', bridge: null, vlans: [] })).toBe(false);
});

describe('as found', () => {
  const claim = { topology: 'shop', wanted: new Map([[backup.id, backup]]) };
  const data = { mode: 'active-backup', miimon: 100, primary: 'eno1', xmit_hash_policy: 'layer2' };
  const br0 = ours(2, 'br0', 'bridge:br0', { type: 'bridge', data: { vlan_filtering: 1 } });
  const port = { master: 2, mac: backup.mac, vlans: backup.vlans };

  test('what means nothing in its mode does not differ', () => {
    const host = view([br0, ours(3, 'bond0', backup.id, { type: 'bond', data, ...port })]);
    expect(bond.observe(host, claim)).toEqual([backup]);
  });

  test('one of somebody else stands in the way', () => {
    const host = view([link(3, 'bond0', { type: 'bond', data })]);
    expect(bond.observe(host, claim)).toEqual([]);
    expect(bond.obstacle?.(backup, host, claim)).toContain('An interface bond0 exists and is not ours');
  });
});

describe('as wanted', () => {
  const wanted = (options: string, mac = '') => {
    const { model, host } = compiled(`
networks: { lan: { subnet: 10.0.0.0/24 } }
hosts:
  gw-x:
    access: local
    bonds: { bond0: { ports: [eno1, eno2]${options} } }
    nics: { lan: { address: 10.0.0.1, port: bond0${mac} } }
`);
    return bond.desire(model, host)[0];
  };

  test('the MAC comes from names: neither its ports nor their order change it', () => {
    expect(wanted('')?.mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    expect(wanted(', primary: eno2')?.mac).toBe(wanted('')?.mac);
    expect(wanted('', ', mac: "02:00:00:00:00:77"')?.mac).toBe('02:00:00:00:00:77');
  });

  test('defaults', () => {
    expect(wanted('')).toMatchObject({ mode: 'active-backup', hash: null, lacpRate: null, miimon: 100, primary: null });
    expect(wanted(', mode: 802.3ad')).toMatchObject({ hash: 'layer2+3', lacpRate: 'fast' });
    expect(wanted(', mode: balance-xor, hash: layer2')).toMatchObject({ hash: 'layer2', lacpRate: null });
    expect(wanted(', mode: balance-rr')).toMatchObject({ hash: null });
  });
});
