import type { Model } from '../../../server/flow/model.ts';
import { allow, deny, inside, internet, masquerade, modelOf, publish } from './model.ts';

export const SHOP = '10.1.1.0/24';
export const SHOP6 = '2001:db8:1::/64';

/** The gateway of the language's example: outside, management, two inner networks. */
export function shopModel(namespace = 'vgw-1'): Model {
  return modelOf({
    namespace,
    networks: {
      wan: ['192.0.2.0/24', '2001:db8:ff::/64'],
      mgmt: ['10.0.20.0/24'],
      shop: [SHOP, SHOP6],
      db: ['10.1.2.0/24'],
    },
    gateway: {
      wan: ['192.0.2.11', '+192.0.2.12', '2001:db8:ff::11'],
      mgmt: ['10.0.20.1'],
      shop: ['10.1.1.1', '2001:db8:1::1'],
      db: ['10.1.2.1'],
    },
    masquerades: [masquerade('masquerade-shop', 'shop', 'wan', { 4: '192.0.2.11' })],
    publishes: [
      publish('publish-web', '192.0.2.11', '443/tcp', 'shop', '10.1.1.10', 8443),
      publish('publish-media', '192.0.2.11', '10000-10100/udp', 'shop', '10.1.1.11'),
      publish('publish-mail', '192.0.2.12', '25/tcp', 'shop', '10.1.1.11', 2525, ['198.51.100.0/24']),
      publish('publish-web6', '2001:db8:1::10', '8443/tcp', 'shop', '2001:db8:1::10'),
      publish('publish-alt6', '2001:db8:ff::11', '443/tcp', 'shop', '2001:db8:1::10', 8443),
    ],
    policy: [
      allow('allow-db', ['5432/tcp'], [inside('shop', SHOP)], [inside('db', '10.1.2.10/32')]),
      allow(
        'allow-out',
        ['80,443/tcp', 'icmp'],
        [inside('shop', SHOP, SHOP6), inside('db', '10.1.2.0/24')],
        [internet('wan')],
      ),
      allow(
        'allow-ssh',
        ['22/tcp'],
        [inside('mgmt', '10.0.20.0/24')],
        ['10.0.20.1/32', '10.1.1.1/32', '10.1.2.1/32', '192.0.2.11/32'].map((address, index) =>
          inside(['mgmt', 'shop', 'db', 'wan'][index] ?? '', address),
        ),
      ),
      deny('deny-mgmt', ['any'], [inside('shop', SHOP, SHOP6)], [inside('mgmt', '10.0.20.0/24')], {
        log: true,
        reject: true,
      }),
    ],
  });
}
