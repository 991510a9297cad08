import { expect, test } from 'vitest';
import type { RouteView } from '../../../server/flow/hostview.ts';
import { route } from '../../../server/kinds/route/index.ts';
import type { Route } from '../../../server/kinds/route/resource.ts';
import { staged } from '../support/text.ts';
import { addressOn, ours, scope, view } from '../support/view.ts';

const wanted: Route = {
  kind: 'route',
  id: 'route:shop-vgw/0.0.0.0/0',
  scope: 'shop-vgw',
  to: '0.0.0.0/0',
  via: '192.0.2.1',
  device: 'wan',
  table: 254,
  link: 'veth:pvgw-wan',
  through: ['address:shop-vgw/wan/192.0.2.11/24'],
};

test.each<[string, Route | undefined, Route | undefined, string]>([
  [
    'a default route',
    undefined,
    wanted,
    'opens:\nip -n shop-vgw route replace 0.0.0.0/0 via 192.0.2.1 dev wan proto 201',
  ],
  [
    'another router, without a gap',
    wanted,
    { ...wanted, via: '192.0.2.254' },
    'opens:\nip -n shop-vgw route replace 0.0.0.0/0 via 192.0.2.254 dev wan proto 201',
  ],
  [
    'no longer wanted',
    wanted,
    undefined,
    'removes:\nip -n shop-vgw route del 0.0.0.0/0 via 192.0.2.1 dev wan proto 201',
  ],
])('%s', (_case, before, after, expected) => {
  expect(staged(route, before, after)).toBe(expected);
});

const inNamespace = (...routes: readonly Partial<RouteView>[]) => {
  const common = { family: 4, table: 'main', type: 'unicast', to: '0.0.0.0/0', device: 'wan', metric: null } as const;
  const wan = ours(2, 'wan', 'veth:pvgw-wan+peer', { addresses: [addressOn('192.0.2.11/24')] });
  const list = routes.map((each) => ({ ...common, via: '192.0.2.1', protocol: '201', other: [], ...each }));
  return view([], { inside: [scope('shop-vgw', [wan], { routes: list })] });
};
const claim = { topology: 'shop', wanted: new Map([[wanted.id, wanted]]) };

test('is ours by its protocol and its interface', () => {
  expect(route.observe(inNamespace({}), claim)).toEqual([wanted]);
  expect(route.observe(inNamespace({ protocol: 'static' }), claim)).toEqual([]);
  expect(route.observe(inNamespace({ device: 'wg0' }), claim)).toEqual([]);
});

test('one that `replace` would take the place of stands in the way, one with another metric does not', () => {
  expect(route.obstacle?.(wanted, inNamespace({ protocol: 'static' }), claim)).toContain('is not ours');
  expect(route.obstacle?.(wanted, inNamespace({ protocol: 'static', metric: 50 }), claim)).toBeUndefined();
});
