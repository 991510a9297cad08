import { expect, test } from 'vitest';
import type { Topology } from '../../server/flow/topology.ts';
import { readTopology } from '../../server/topology/read.ts';

function read(text: string): Topology {
  const { topology, diagnostics } = readTopology({ file: 'shop.yaml', text });
  expect(diagnostics).toEqual([]);
  if (topology === null) throw new Error('no topology and no diagnostic');
  return topology;
}

const at = (line: number, column: number) => ({ file: 'shop.yaml', line, column });

const SHOP = `topology: shop
description: |
  Two app networks
  behind a gateway
networks:
  wan: { vlan: 10, subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  shop: { vlan: 101, subnet: [10.1.1.0/24, "2001:DB8:1::/64"] }
  far: { transport: vxlan, vni: 5000, underlay: wan, subnet: 10.9.0.0/24 }
  lan:
hosts:
  gw-x:
    access: ssh://root@gw-x.example.net
    bridges: { br0: { ports: [eno1, { eno2: { fabric: dmz } }], networks: [shop, "app-*"] }, br1: }
    nics: { wan: 10.0.20.11, far: { address: 10.9.0.1, port: eno3 } }
guests:
  web1: { on: gw-x, nics: { shop: [10.1.1.10, "2001:db8:1::10"] }, listens: [8443/tcp, 53] }
  db1: { on: gw-x, nics: { far: { address: 10.9.0.10, mac: "02:00:00:01:02:0A", default: true } } }
gateways:
  vgw-1:
    on: gw-x
    nics: { wan: { shared: 192.0.2.11 }, shop: 10.1.1.1 }
    nat:
      masquerade: shop->wan
      publish:
        - 443/tcp -> web1:8443
        - { listen: "[2001:DB8::1]:25", to: web1:2525, from: [198.51.100.0/24, internet] }
policy:
  - { allow: [80/tcp, "443,80/tcp", icmp], from: [shop, 2001:DB8::/32], to: internet }
  - { deny: any, from: shop, to: "app-*", log: true, reject: true }
expect:
  - { allow: 443/tcp, from: internet, to: 192.0.2.11, reaches: web1:8443 }
`;

test('every part is read with its place', () => {
  const { networks, hosts, ...shop } = read(SHOP);
  expect(shop).toMatchObject({
    file: 'shop.yaml',
    name: 'shop',
    place: at(1, 11),
    description: 'Two app networks behind a gateway',
  });
  expect(networks.get('shop')).toEqual({
    name: 'shop',
    place: at(7, 3),
    description: null,
    vlan: { value: 101, place: at(7, 17) },
    transport: null,
    vni: null,
    underlay: null,
    subnets: [
      { value: '10.1.1.0/24', place: at(7, 31) },
      { value: '2001:db8:1::/64', place: at(7, 44) },
    ],
    routers: [],
    external: false,
    dhcp: null,
    isolated: null,
    realm: null,
    mtu: null,
  });
  expect(networks.get('wan')).toMatchObject({ external: true, routers: [{ value: '192.0.2.1', place: at(6, 50) }] });
  expect(networks.get('far')).toMatchObject({
    transport: { value: 'vxlan' },
    vni: { value: 5000 },
    underlay: { value: 'wan' },
  });
  expect(networks.get('lan')).toMatchObject({ vlan: null, transport: null, subnets: [], place: at(9, 3) });
  expect(hosts.get('gw-x')?.access).toEqual({
    value: { type: 'ssh', user: 'root', host: 'gw-x.example.net', port: 22 },
    place: at(12, 13),
  });
  expect([...(hosts.get('gw-x')?.bridges.values() ?? [])]).toEqual([
    {
      name: 'br0',
      place: at(13, 16),
      description: null,
      existing: null,
      ports: [
        { device: 'eno1', fabric: 'default', takeover: false, place: at(13, 31) },
        { device: 'eno2', fabric: 'dmz', takeover: false, place: at(13, 39) },
      ],
      networks: [
        { value: 'shop', place: at(13, 76) },
        { value: 'app-*', place: at(13, 82) },
      ],
    },
    { name: 'br1', place: at(13, 94), description: null, existing: null, ports: [], networks: null },
  ]);
  expect(hosts.get('gw-x')?.nics.get('far')).toMatchObject({
    addresses: [{ value: '10.9.0.1' }],
    port: { value: 'eno3' },
  });
});

test('guests', () => {
  const { guests } = read(SHOP);
  expect(guests.get('web1')).toMatchObject({
    on: { value: 'gw-x', place: at(16, 15) },
    listens: [
      { value: { protocol: 'tcp', ports: [{ first: 8443, last: 8443 }] }, place: at(16, 78) },
      { value: { protocol: 'tcp', ports: [{ first: 53, last: 53 }] }, place: at(16, 88) },
      { value: { protocol: 'udp', ports: [{ first: 53, last: 53 }] }, place: at(16, 88) },
    ],
  });
  expect(
    guests
      .get('web1')
      ?.nics.get('shop')
      ?.addresses.map(({ value }) => value),
  ).toEqual(['10.1.1.10', '2001:db8:1::10']);
  expect(guests.get('db1')?.nics.get('far')).toMatchObject({
    mac: { value: '02:00:00:01:02:0a' },
    default: { value: true },
  });
  expect(guests.get('db1')?.listens).toEqual([]);
});

test('gateways', () => {
  const gateway = read(SHOP).gateways.get('vgw-1');
  expect(gateway).toMatchObject({
    on: [{ value: 'gw-x', place: at(20, 9) }],
    runs: { value: 'netns', place: at(19, 3) },
    masquerade: [{ value: { from: 'shop', to: 'wan' }, text: 'shop -> wan', place: at(23, 19) }],
  });
  expect(gateway?.nics.get('wan')).toMatchObject({ shared: [{ value: '192.0.2.11' }], addresses: [] });
  expect(gateway?.nics.get('shop')).toMatchObject({ shared: [], addresses: [{ value: '10.1.1.1' }] });
  expect(gateway?.publish).toMatchObject([
    {
      text: '443/tcp -> web1:8443',
      place: at(25, 11),
      listen: null,
      protocol: 'tcp',
      ports: [{ first: 443, last: 443 }],
      to: { value: { guest: 'web1', address: null } },
      toPort: 8443,
      from: null,
    },
    {
      text: '[2001:db8::1]:25/tcp -> web1:2525 from 198.51.100.0/24, internet',
      listen: { value: '2001:db8::1', place: at(26, 21) },
      protocol: 'tcp',
      from: [{ value: '198.51.100.0/24' }, { value: 'internet' }],
    },
    { text: '[2001:db8::1]:25/udp -> web1:2525 from 198.51.100.0/24, internet', protocol: 'udp' },
  ]);
});

test('policy and expectations', () => {
  const { policy, expect: expectations } = read(SHOP);
  expect(policy).toMatchObject([
    {
      text: 'allow 80/tcp, 443,80/tcp, icmp from shop, 2001:DB8::/32 to internet',
      verdict: 'allow',
      from: [{ value: 'shop' }, { value: '2001:db8::/32', place: at(28, 57) }],
      log: false,
      reject: false,
    },
    { verdict: 'deny', services: [{ protocol: 'any' }], to: [{ value: 'app-*' }], log: true, reject: true },
  ]);
  expect(expectations).toMatchObject([
    {
      text: 'allow 443/tcp from internet to 192.0.2.11 reaches web1:8443',
      reaches: { value: { guest: 'web1', port: 8443 }, text: 'web1:8443', place: at(31, 64) },
    },
  ]);
});

test('JSON is read by the same path', () => {
  const json = JSON.stringify({ topology: 'shop', networks: { lan: { vlan: 3, subnet: '10.0.0.0/24' } } }, null, 2);
  expect(read(json).networks.get('lan')).toMatchObject({ place: at(4, 5), vlan: { value: 3, place: at(5, 15) } });
});

test('a byte order mark and other line ends change nothing', () => {
  expect(read('\uFEFFtopology: shop\r\nnetworks:\r\n  lan: {}\r\n').networks.get('lan')?.place).toEqual(at(3, 3));
});

test('what an alias repeats keeps the place where it is written', () => {
  const { networks } = read('topology: shop\nnetworks:\n  lan: &base { vlan: 3 }\n  dmz: *base\n');
  expect(networks.get('dmz')).toMatchObject({ place: at(4, 3), vlan: { value: 3, place: at(3, 22) } });
});

test('names that mean something to JavaScript are names', () => {
  const { guests } = read('topology: constructor\nguests: { constructor: { on: h1 }, hasownproperty: { on: h1 } }\n');
  expect([...guests.keys()]).toEqual(['constructor', 'hasownproperty']);
});

test('one mistake is one diagnostic, also where an alias repeats it', () => {
  const text = 'topology: shop\nnetworks:\n  lan: &base { vlan: 5000 }\n  dmz: *base\n';
  expect(readTopology({ file: 'x', text }).diagnostics.map(({ code }) => code)).toEqual(['out-of-range']);
});

test('a flood of problems is told up to a bound, and says so', () => {
  const text = `topology: shop\npolicy: [${'0,'.repeat(5_000)}]`;
  const { diagnostics } = readTopology({ file: 'x', text });
  expect(diagnostics).toHaveLength(1_001);
  expect(diagnostics.at(-1)).toMatchObject({
    code: 'too-large',
    detail: expect.stringContaining('4000 further') as string,
  });
});
