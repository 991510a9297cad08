/** What a gateway publishes, translates and routes, and the zones of policy. */
import { describe, expect, test } from 'vitest';
import type { Gateway, Model, Zone } from '../../server/flow/model.ts';
import { EXAMPLE } from './support/example.ts';
import { compileText, modelOf } from './support/compile-text.ts';

function gatewayOf(model: Model, name: string): Gateway {
  const gateway = model.gateways.get(name);
  if (gateway === undefined) throw new Error(`no gateway ${name}`);
  return gateway;
}

const zoneText = (zone: Zone): string =>
  `${zone.internet ? 'beyond ' : ''}${zone.network}: ${zone.prefixes?.join(' ') ?? 'all'}`;

describe('the gateway of the example', () => {
  const gateway = gatewayOf(modelOf(EXAMPLE), 'vgw-1');

  test('publishes on its external address, and on a further one that only nat names', () => {
    expect(
      gateway.publishes.map(
        (each) =>
          `${each.listen} ${String(each.ports.first)}/${each.protocol} -> ${each.target.address} ${String(each.target.port)} ${each.from?.join(' ') ?? 'all'}`,
      ),
    ).toEqual([
      '192.0.2.11 443/tcp -> 10.1.1.10 8443 all',
      '192.0.2.11 10000/udp -> 10.1.1.11 null all',
      '192.0.2.12 25/tcp -> 10.1.1.11 2525 198.51.100.0/24',
    ]);
    expect(
      gateway.nics.map((nic) => `${nic.network}: ${nic.addresses.join(' ')} + ${nic.natAddresses.join(' ')}`),
    ).toEqual(['db: 10.1.2.1/24 + ', 'shop: 10.1.1.1/24 2001:db8:1::1/64 + ', 'wan: 192.0.2.11/24 + 192.0.2.12/32']);
  });

  test('masquerades the family that both networks have, and goes out by the router', () => {
    expect(gateway.masquerades.map((each) => [each.from, each.to, each.source])).toEqual([
      ['shop', 'wan', { 4: '192.0.2.11' }],
    ]);
    expect(gateway.routing.routes).toEqual([{ to: '0.0.0.0/0', via: '192.0.2.1', network: 'wan', device: 'wan' }]);
  });
});

const BASE = `
topology: t
networks:
  wan: { vlan: 10, subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { vlan: 11, subnet: 10.0.0.0/24 }
  dmz: { vlan: 12, subnet: 10.0.1.0/24 }
hosts: { node: { access: local, bridges: { br0: { ports: [eno1] } }, nics: { dmz: 10.0.1.2 } } }
guests:
  web: { on: node, nics: { lan: 10.0.0.10 }, listens: [80/tcp] }
  two: { on: node, nics: { lan: 10.0.0.11, dmz: { address: 10.0.1.11, default: true } } }
gateways:
  gw:
    on: node
    nics: { wan: 192.0.2.11, lan: 10.0.0.1, dmz: { shared: 10.0.1.1, address: 10.0.1.3 } }
    nat:
      publish:
        - { listen: 192.0.2.12:80/tcp, to: web, from: FROM }
policy:
  - { allow: any, from: lan, to: TO }
`;
const zonesTo = (to: string): readonly string[] =>
  modelOf(BASE.replace('FROM', '[lan]').replace('TO', to)).policy[0]?.to.map(zoneText) ?? [];

describe('endpoints of policy', () => {
  test.each([
    ['lan', ['lan: 10.0.0.0/24']],
    ['two', ['dmz: 10.0.1.11/32', 'lan: 10.0.0.11/32']],
    ['node', ['dmz: 10.0.1.2/32']],
    // The address that only nat names is the gateway's own as well.
    ['gw', ['dmz: 10.0.1.1/32 10.0.1.3/32', 'lan: 10.0.0.1/32', 'wan: 192.0.2.11/32 192.0.2.12/32']],
    ['"w*"', ['lan: 10.0.0.10/32', 'wan: 192.0.2.0/24']],
    ['internet', ['beyond wan: all']],
    ['10.0.0.77', ['lan: 10.0.0.77/32']],
    ['203.0.113.5', ['beyond wan: 203.0.113.5/32']],
    ['10.0.0.0/25', ['lan: 10.0.0.0/25']],
    // Half of it are our networks, the rest lies beyond.
    ['10.0.0.0/22', ['dmz: 10.0.1.0/24', 'lan: 10.0.0.0/24', 'beyond wan: 10.0.2.0/23']],
    ['[web, 10.0.0.11, 10.0.0.8/30]', ['lan: 10.0.0.8/30']],
    ['[internet, 203.0.113.5]', ['beyond wan: all']],
  ])('%s', (to, zones) => {
    expect(zonesTo(to)).toEqual(zones);
  });
});

describe('sources of a published port', () => {
  const from = (list: string) =>
    gatewayOf(modelOf(BASE.replace('FROM', list).replace('TO', 'dmz')), 'gw').publishes[0]?.from;

  test('are prefixes of the family that is listened on', () => {
    expect(from('[lan, web, "2001:db8::/32", 203.0.113.9]')).toEqual(['10.0.0.0/24', '203.0.113.9/32']);
  });

  test('`internet` is every address in no subnet', () => {
    const prefixes = from('[internet]') ?? [];
    expect(prefixes).toContain('128.0.0.0/2');
    expect(prefixes).not.toContain('0.0.0.0/0');
    expect(prefixes.some((prefix) => ['192.0.2.0/24', '10.0.0.0/24', '10.0.1.0/24'].includes(prefix))).toBe(false);
  });
});

describe('default routes', () => {
  test('a guest goes out by the NIC that says so', () => {
    const nics = modelOf(BASE.replace('FROM', '[lan]').replace('TO', 'dmz')).guests.get('two')?.nics ?? [];
    expect(nics.map((nic) => [nic.network, nic.defaultVia])).toEqual([
      ['dmz', ['10.0.1.1']],
      ['lan', []],
    ]);
  });
});

describe('the same thing written twice', () => {
  test('is one entry, whatever the order of its lists', () => {
    const text = `${BASE.replace('FROM', '[lan]').replace('TO', '[dmz, web]')}  - { allow: any, from: [lan, lan], to: [web, dmz] }\n`;
    const { model, diagnostics } = compileText(text);
    expect(model?.policy).toHaveLength(1);
    expect(diagnostics.map((each) => each.code)).toEqual(['duplicate']);
  });
});
