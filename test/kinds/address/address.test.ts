import { expect, test } from 'vitest';
import { address } from '../../../server/kinds/address/index.ts';
import type { Address } from '../../../server/kinds/address/resource.ts';
import { staged } from '../support/text.ts';
import { addressOn, link, ours, scope, view } from '../support/view.ts';

const inside: Address = {
  kind: 'address',
  id: 'address:shop-vgw/shop/2001:db8:1::1/64',
  scope: 'shop-vgw',
  device: 'shop',
  address: '2001:db8:1::1/64',
  link: 'veth:pvgw-shop',
  nodad: true,
  duplicate: false,
  present: true,
  borrowed: false,
};
const bare: Address = {
  ...inside,
  id: 'address:eno2/10.7.0.5/24',
  scope: '',
  device: 'eno2',
  address: '10.7.0.5/24',
  link: 'port:eno2',
  nodad: false,
};

test.each<[string, Address | undefined, Address | undefined, string]>([
  ['of a gateway', undefined, inside, 'builds:\nip -n shop-vgw addr replace 2001:db8:1::1/64 dev shop nodad'],
  ['no longer wanted', inside, undefined, 'removes:\nip -n shop-vgw addr del 2001:db8:1::1/64 dev shop'],
  ['on a borrowed port, once that is up', undefined, bare, 'opens:\nip addr replace 10.7.0.5/24 dev eno2'],
  ['gone before the port is given back', bare, undefined, 'closes:\nip addr del 10.7.0.5/24 dev eno2'],
  [
    'that the kernel gave up as a duplicate: tried again',
    { ...inside, duplicate: true },
    inside,
    `builds:
ip -n shop-vgw addr del 2001:db8:1::1/64 dev shop
ip -n shop-vgw addr replace 2001:db8:1::1/64 dev shop nodad`,
  ],
])('%s', (_case, before, after, expected) => {
  expect(staged(address, before, after)).toBe(expected);
});

const claim = { topology: 'shop', wanted: new Map([[inside.id, inside]]) };

test('whatever is on an interface of ours is ours, except what the kernel puts there', () => {
  const shop = ours(2, 'shop', 'veth:pvgw-shop+peer', {
    addresses: [
      addressOn('2001:db8:1::1/64'),
      addressOn('10.66.0.1/24'),
      addressOn('fe80::1/64', { kernel: true, scope: 'link' }),
    ],
  });
  const foreign = link(3, 'wg0', { addresses: [addressOn('10.77.0.1/24')] });
  const lo = ours(1, 'lo', 'netns:shop-vgw', { addresses: [addressOn('127.0.0.1/8', { scope: 'host' })] });
  const found = address.observe(view([], { inside: [scope('shop-vgw', [lo, shop, foreign])] }), claim);
  expect(found.map(({ id }) => id)).toEqual([inside.id, 'address:shop-vgw/shop/10.66.0.1/24']);
});

test('a free end is its guest’s, addresses and all', () => {
  const free = ours(4, 'web-shop', 'veth:pweb-shop+peer', { addresses: [addressOn('10.1.1.10/24')] });
  expect(address.observe(view([free]), claim)).toEqual([]);
});
