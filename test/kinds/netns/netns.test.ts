import { expect, test } from 'vitest';
import { netns } from '../../../server/kinds/netns/index.ts';
import type { Netns } from '../../../server/kinds/netns/resource.ts';
import { staged } from '../support/text.ts';
import { link, scope, view } from '../support/view.ts';

const wanted: Netns = { kind: 'netns', id: 'netns:shop-vgw', scope: '', name: 'shop-vgw', marked: true };
const claim = { topology: 'shop', wanted: new Map([[wanted.id, wanted]]) };

test('is made and marked on its lo', () => {
  expect(staged(netns, undefined, wanted)).toBe(`\
builds:
ip netns add shop-vgw
ip netns exec shop-vgw ip link set dev lo up alias trunkline:1:shop:netns:shop-vgw`);
});

test('goes with all that is in it', () => {
  expect(staged(netns, wanted, undefined)).toBe('removes:\nip netns del shop-vgw');
});

test('one that nobody has used yet is what a cut-off run leaves: it is only marked', () => {
  const found = netns.observe(
    view([], {
      namespaces: [{ name: 'shop-vgw', alias: null }],
      inside: [scope('shop-vgw', [link(1, 'lo', { up: false })])],
    }),
    claim,
  );
  expect(found).toEqual([{ ...wanted, marked: false }]);
  expect(staged(netns, found[0], wanted)).toBe(
    'builds:\nip netns exec shop-vgw ip link set dev lo up alias trunkline:1:shop:netns:shop-vgw',
  );
});

test.each([
  ['in use', { name: 'shop-vgw', alias: null }, 'exists and is not ours'],
  ['of another topology', { name: 'shop-vgw', alias: 'trunkline:1:other:netns:shop-vgw' }, 'belongs to topology other'],
])('one that is %s stands in the way', (_how, namespace, detail) => {
  const host = view([], { namespaces: [namespace], inside: [scope('shop-vgw', [link(1, 'lo')])] });
  expect(netns.observe(host, claim)).toEqual([]);
  expect(netns.obstacle?.(wanted, host, claim)).toContain(detail);
});
