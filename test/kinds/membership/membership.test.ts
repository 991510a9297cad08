import { expect, test } from 'vitest';
import { membership } from '../../../server/kinds/membership/index.ts';
import type { Membership } from '../../../server/kinds/membership/resource.ts';
import { compiled } from '../support/topology.ts';
import { staged } from '../support/text.ts';
import { link, view } from '../support/view.ts';

const onPort: Membership = {
  kind: 'membership',
  id: 'membership:eno1/20',
  scope: '',
  bridge: 'vmbr0',
  device: 'eno1',
  vid: 20,
  member: true,
  borrowed: true,
};
const former: Membership = { ...onPort, member: false, borrowed: false };
const itself: Membership = { ...onPort, id: 'membership:vmbr0/20', device: 'vmbr0' };

test.each<[string, Membership | undefined, Membership | undefined, string]>([
  ['on an uplink', former, onPort, 'opens:\nbridge vlan add dev eno1 vid 20'],
  ['of the bridge itself', { ...itself, member: false }, itself, 'opens:\nbridge vlan add dev vmbr0 vid 20 self'],
  ['given back', onPort, former, 'closes:\nbridge vlan del dev eno1 vid 20'],
  ['given back where it was before us', onPort, { ...former, member: true }, 'opens:'],
])('%s', (_case, before, after, expected) => {
  expect(staged(membership, before, after)).toBe(expected);
});

const vmbr0 = link(2, 'vmbr0', { type: 'bridge', data: { vlan_filtering: 1 } });
const member = (vid: number, flag = false) => ({ vid, pvid: flag, untagged: flag });

test('is in our hands while the host keeps what was before, and others of the owner are the owner’s', () => {
  const record = { format: 1, topology: 'shop', former: { [former.id]: former } };
  const links = [vmbr0, link(3, 'eno1', { master: 2, vlans: [member(20), member(30)] })];
  const claim = { topology: 'shop', wanted: new Map([[onPort.id, onPort]]) };
  expect(membership.observe(view(links, { record }), claim)).toEqual([onPort]);
  expect(membership.observe(view(links), claim)).toEqual([]);
  expect(membership.former?.(onPort, view(links))).toEqual({ ...former, member: true });
});

test('a VLAN that is untagged there stands in the way, unless the port is yet to be put there', () => {
  const claim = { topology: 'shop', wanted: new Map([[onPort.id, onPort]]) };
  const eno1 = { vlans: [member(20, true)] };
  expect(membership.obstacle?.(onPort, view([vmbr0, link(3, 'eno1', { master: 2, ...eno1 })]), claim)).toContain(
    'On eno1 VLAN 20 of vmbr0 is without a tag',
  );
  expect(membership.obstacle?.(onPort, view([vmbr0, link(3, 'eno1', eno1)]), claim)).toBeUndefined();
});

test('uplinks have the VLANs of all networks, the bridge itself those of the host’s own NICs', () => {
  const { model, host } = compiled(`
networks: { lan: { vlan: 20, subnet: 10.0.0.0/24 }, app: { vlan: 30, subnet: 10.0.1.0/24 } }
hosts: { gw-x: { access: local, bridges: { vmbr0: { existing: true, ports: [eno1] } }, nics: { lan: 10.0.0.1 } } }
guests: { web: { on: gw-x, nics: { app: 10.0.1.1 } } }
`);
  expect(membership.desire(model, host).map(({ id }) => id)).toEqual([
    'membership:vmbr0/20',
    'membership:eno1/30',
    'membership:eno1/20',
  ]);
});
