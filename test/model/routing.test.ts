/** Ways out, written routes, and what lies behind whom. */
import { describe, expect, test } from 'vitest';
import { mustParseAddress } from '../../server/core/address.ts';
import { readInterval } from '../../server/core/nft/interval.ts';
import { renderTable } from '../../server/core/nft/render.ts';
import type { Model, Routing } from '../../server/flow/model.ts';
import { routingTables } from '../../server/flow/mark.ts';
import type { Route } from '../../server/kinds/route/resource.ts';
import { route } from '../../server/kinds/route/index.ts';
import { address } from '../../server/kinds/address/index.ts';
import { firewallTable } from '../../server/kinds/firewall/table.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { desiredState } from '../../server/model/desired.ts';
import { graphDocument } from '../../server/model/graph.ts';
import { probePlan } from '../../server/model/probes.ts';
import { codesOf, modelOf } from './support/compile-text.ts';

const CHAIN = `
topology: t
networks:
  wan:     { subnet: [192.0.2.0/24, "2001:db8::/64"], router: [192.0.2.1, "2001:db8::1"], external: true }
  transit: { vlan: 20, subnet: [10.0.0.0/29, "fd00:1::/64"] }
  client:  { vlan: 30, subnet: [10.1.0.0/24, "fd00:2::/64"] }
  server:  { vlan: 40, subnet: 10.2.0.0/24 }
hosts: { node: { access: local, bridges: { br0: { ports: [eno1] } } } }
guests:
  pc:  { on: node, nics: { client: [10.1.0.10, "fd00:2::10"] } }
  web: { on: node, nics: { server: 10.2.0.10 }, listens: [80/tcp] }
gateways:
  near:
    on: node
    nics: { client: [10.1.0.1, "fd00:2::1"], transit: [10.0.0.1, "fd00:1::1"] }
    routes: NEAR
  far:
    on: node
    nics: { server: 10.2.0.1, transit: [10.0.0.2, "fd00:1::2"], wan: [192.0.2.2, "2001:db8::2"] }
    routes: FAR
    nat: { publish: [80/tcp -> web] }
policy:
  - { allow: 80/tcp, from: client, to: web }
  - { allow: icmp, from: client, to: internet }
  - { deny: 22/tcp, from: client, to: 10.60.1.0/24 }
expect:
  - { deny: any, from: internet, to: client }
  - { allow: 80/tcp, from: [pc, server], to: web }
`;
const chain = (near: string, far: string): string => CHAIN.replace('NEAR', near).replace('FAR', far);
const WHOLE = chain(
  '[{ to: default, via: 10.0.0.2 }, { to: 10.60.0.0/16, via: 10.1.0.254 }]',
  '[{ to: 10.1.0.0/24, via: 10.0.0.1 }]',
);

function nicsOf(model: Model, name: string): readonly string[] {
  return (model.gateways.get(name)?.nics ?? []).map((nic) => `${nic.network}: ${nic.behind.join(' ')}`);
}

const routesOf = (routing: Routing | undefined): readonly string[] =>
  (routing?.routes ?? []).map((each) => `${each.to} via ${each.via} dev ${each.device}`);
const sourcesOf = (routing: Routing | undefined): readonly string[] =>
  (routing?.sources ?? []).map((each) => `${each.from.join(' ')} via ${each.via} dev ${each.device}`);

function filterOf(model: Model, name: string): string {
  const gateway = model.gateways.get(name);
  const [member] = gateway?.members ?? [];
  if (gateway === undefined || member === undefined) throw new Error(`no gateway ${name}`);
  return renderTable('t-filter', firewallTable(model, gateway, member));
}

/** The interfaces of a gateway on which a packet with this source is let in by name. */
function arrivals(model: Model, name: string, from: string): readonly string[] {
  const gateway = model.gateways.get(name);
  const [member] = gateway?.members ?? [];
  if (gateway === undefined || member === undefined) throw new Error(`no gateway ${name}`);
  const { value } = mustParseAddress(from);
  const elements = firewallTable(model, gateway, member).sets['sources-4']?.elements ?? [];
  return elements.flatMap(({ key: [device, source] }) => {
    const span = source === undefined ? undefined : readInterval('ipv4_addr', source);
    const holds = typeof span === 'object' && value >= span.first && value <= span.last;
    return holds && typeof device === 'string' ? [device] : [];
  });
}

/** Lines of a chain or set, without blanks in front and counters. */
function block(text: string, name: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => line.endsWith(` ${name} {`));
  return start < 0 ? [] : lines.slice(start + 1, lines.indexOf('}', start)).filter((line) => line !== '');
}

describe('gateways in a row', () => {
  const model = modelOf(WHOLE);

  test('nothing is wrong with the file', () => {
    expect(codesOf(WHOLE)).toEqual([]);
  });

  test('a written default route is that, and a gateway on the way out knows what is behind the other', () => {
    expect(routesOf(model.gateways.get('near')?.routing)).toEqual([
      '0.0.0.0/0 via 10.0.0.2 dev transit',
      '10.60.0.0/16 via 10.1.0.254 dev client',
    ]);
    expect(routesOf(model.gateways.get('far')?.routing)).toEqual([
      '0.0.0.0/0 via 192.0.2.1 dev wan',
      '10.1.0.0/24 via 10.0.0.1 dev transit',
      '::/0 via 2001:db8::1 dev wan',
    ]);
    expect(nicsOf(model, 'far')).toEqual(['server: ', 'transit: 10.1.0.0/24', 'wan: ']);
    const [client, transit] = nicsOf(model, 'near');
    expect(client).toBe('client: 10.60.0.0/16');
    // All but what is on its own networks, and behind the router on the other side.
    expect(transit).toMatch(/^transit: 0\.0\.0\.0\/5 /);
    for (const prefix of ['10.0.0.0/29', '10.1.0.0/24', '10.60.0.0/16', '10.60.1.0/24'])
      expect(transit).not.toContain(` ${prefix}`);
    expect(transit).toContain(' 10.2.0.0/15');
  });

  test('each judges: the source is met where it comes in, the destination where it goes out', () => {
    const [near, far] = [filterOf(model, 'near'), filterOf(model, 'far')];
    expect(block(near, 'policy/client/transit').join('\n')).toMatch(
      /ip saddr \{ 10\.1\.0\.0\/24 \} ip daddr \{ 10\.2\.0\.10\/32 \} tcp dport \{ 80 \} counter accept/,
    );
    expect(block(near, 'policy/client/transit').join('\n')).toMatch(
      /ip saddr \{ 10\.1\.0\.0\/24 \} ip daddr != @topology-4 icmp type echo-request counter accept/,
    );
    expect(block(far, 'policy/transit/server').join('\n')).toMatch(
      /ip saddr \{ 10\.1\.0\.0\/24 \} ip daddr \{ 10\.2\.0\.10\/32 \} tcp dport \{ 80 \} counter accept/,
    );
    expect(block(far, 'policy/transit/wan').join('\n')).toMatch(
      /ip saddr \{ 10\.1\.0\.0\/24 \} ip daddr != @topology-4/,
    );
    // Back to the network that it came from, for a router there.
    expect(block(near, 'policy/client/client').join('\n')).toMatch(
      /ip daddr \{ 10\.60\.1\.0\/24 \} tcp dport \{ 22 \} counter drop/,
    );
  });

  test('a source belongs where the routes to it lead, and nowhere else', () => {
    expect(arrivals(model, 'far', '10.1.0.10')).toEqual(['transit']);
    expect(arrivals(model, 'far', '10.0.0.1')).toEqual(['transit']);
    expect(arrivals(model, 'far', '10.2.0.10')).toEqual(['server']);
    expect(arrivals(model, 'near', '10.60.0.1')).toEqual(['client']);
    expect(arrivals(model, 'near', '10.1.0.10')).toEqual(['client']);
    expect(arrivals(model, 'near', '10.2.0.10')).toEqual(['transit']);
    expect(arrivals(model, 'near', '198.51.100.1')).toEqual(['transit']);
    // Beyond an external network lies what is in no subnet, less what a route says is inside.
    const routed = modelOf(
      WHOLE.replace('routes: [{ to: 10.1.0.0/24', 'routes: [{ to: 10.70.0.0/16, via: 10.2.0.254 }, { to: 10.1.0.0/24'),
    );
    expect(block(filterOf(routed, 'far'), 'guard-prerouting').join('\n')).toMatch(
      /iifname \{ "wan" \} ip saddr != @topology-4 ip saddr != \{ 10\.1\.0\.0\/24, 10\.70\.0\.0\/16 \} counter accept/,
    );
  });

  test('what is published for all is for the networks of that gateway, not for those behind another one', () => {
    const forward = block(filterOf(model, 'far'), 'filter-forward');
    const elsewhere = forward.findIndex((line) => line.startsWith('ip saddr @elsewhere-4 counter drop'));
    const published = forward.findIndex((line) => line.includes('@published-attached-4'));
    expect(elsewhere).toBeGreaterThan(0);
    expect(published).toBeGreaterThan(elsewhere);
    expect(block(filterOf(model, 'far'), 'elsewhere-4')).toContain('10.1.0.0/24,');
  });

  test('a network is probed from where it is', () => {
    const { probes } = probePlan(model);
    expect(
      probes.some((each) => each.want === 'allow' && each.from.node === 'pc' && each.to.address === '10.2.0.10'),
    ).toBe(true);
  });
});

test.each([
  ['no routes at all', '[]', '[]', ['allow-without-path: 23', 'allow-without-path: 24']],
  ['only there', '[{ to: default, via: 10.0.0.2 }]', '[]', ['allow-without-path: 23', 'allow-without-path: 24']],
  ['only back', '[]', '[{ to: 10.1.0.0/24, via: 10.0.0.1 }]', ['allow-without-path: 23', 'allow-without-path: 24']],
])('an allow over two gateways, %s', (_case, near, far, expected) => {
  expect(codesOf(chain(near, far))).toEqual(expected);
});

const NODE = `
topology: t
networks:
  one:  { vlan: 11, subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  two:  { vlan: 12, subnet: [198.51.100.0/24, "2001:db8:b::/64"], router: [198.51.100.1, "2001:db8:b::1"], external: true }
  lan:  { vlan: 13, subnet: 10.1.0.0/24 }
hosts: { node: { access: local, bridges: { br0: { ports: [eno1] } }, nics: { HOST }, routes: ROUTES } }
guests:
  web: { on: node, nics: { GUEST } }
gateways:
  gw: { on: node, nics: { GATEWAY, lan: 10.1.0.1 }, nat: { publish: [{ listen: 198.51.100.9:80/tcp, to: 10.1.0.9 }] } }
`;
const node = ({
  host = 'one: 192.0.2.5, two: 198.51.100.5',
  routes = '[]',
  guest = 'lan: 10.1.0.9',
  gateway = 'one: { address: 192.0.2.2, default: true }, two: [198.51.100.2, "2001:db8:b::2"]',
}: Readonly<Record<string, string>>): Model =>
  modelOf(NODE.replace('HOST', host).replace('ROUTES', routes).replace('GUEST', guest).replace('GATEWAY', gateway));

describe('several routed NICs', () => {
  test('of a gateway: one is the default, what has an address of the other goes by the router there', () => {
    const { routing } = node({}).gateways.get('gw') ?? {};
    expect(routesOf(routing)).toEqual(['0.0.0.0/0 via 192.0.2.1 dev one', '::/0 via 2001:db8:b::1 dev two']);
    expect(sourcesOf(routing)).toEqual(['198.51.100.2 198.51.100.9 via 198.51.100.1 dev two']);
    const { first } = routingTables('t');
    expect(routing?.sources).toMatchObject([{ table: first + 1, mark: 1, family: 4 }]);
  });

  test('of a gateway with a written default route, that one is', () => {
    const written = modelOf(
      NODE.replace('HOST', '')
        .replace('ROUTES', '[]')
        .replace('GUEST', 'lan: 10.1.0.9')
        .replace('GATEWAY', 'one: 192.0.2.2, two: 198.51.100.2')
        .replace('nat:', 'routes: { to: default, via: 198.51.100.1 }, nat:'),
    );
    const { routing } = written.gateways.get('gw') ?? {};
    expect(routesOf(routing)).toEqual(['0.0.0.0/0 via 198.51.100.1 dev two']);
    expect(sourcesOf(routing)).toEqual(['192.0.2.2 via 192.0.2.1 dev one']);
  });

  test('of a guest likewise; one that may not be the default has a router for its own packets', () => {
    const guest = 'one: { address: 192.0.2.9, default: false }, lan: 10.1.0.9';
    expect(
      node({ guest })
        .guests.get('web')
        ?.nics.map((nic) => `${nic.network}: ${nic.defaultVia.join(' ')} / ${nic.sourceVia.join(' ')}`),
    ).toEqual(['lan: 10.1.0.1 / ', 'one:  / 192.0.2.1']);
    const alone = node({ guest: 'one: { address: 192.0.2.9, default: false }' }).guests.get('web');
    expect(alone?.nics.map((nic) => [nic.defaultVia, nic.sourceVia])).toEqual([[[], []]]);
  });

  test('of a host: nothing is ours unless it is written', () => {
    const quiet = node({}).hosts.get('node')?.routing;
    expect([routesOf(quiet), sourcesOf(quiet)]).toEqual([[], []]);
    const marked = node({ host: 'one: 192.0.2.5, two: { address: 198.51.100.5, default: true }' }).hosts.get('node');
    const device = marked?.nics.map((nic) => nic.device);
    expect(routesOf(marked?.routing)).toEqual([`0.0.0.0/0 via 198.51.100.1 dev ${device?.[1] ?? ''}`]);
    expect(sourcesOf(marked?.routing)).toEqual([`192.0.2.5 via 192.0.2.1 dev ${device?.[0] ?? ''}`]);
    expect(marked?.routing.sources[0]?.mark).toBeNull();
    const written = node({ routes: '[{ to: default, via: 192.0.2.77 }, { to: 10.9.0.0/16, via: 198.51.100.7 }]' });
    expect(routesOf(written.hosts.get('node')?.routing).map((each) => each.replace(/ dev .*/, ''))).toEqual([
      '0.0.0.0/0 via 192.0.2.77',
      '10.9.0.0/16 via 198.51.100.7',
    ]);
  });
});

describe("a gateway in its host's own stack", () => {
  const STACK = `
topology: t
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { subnet: [10.1.0.0/24, "2001:db8:1::/64"] }
hosts:
  node:
    access: local
    bridges: { br0: { ports: [eno1], networks: [wan] }, br1: { networks: [lan] } }
    nics: { wan: 192.0.2.5, lan: NIC }
    routes: ROUTES
guests: { pc: { on: node, nics: { lan: 10.1.0.9 } } }
gateways: { gw: { on: node, runs: host, nics: { wan: { address: 192.0.2.2 }, lan: [10.1.0.1, "2001:db8:1::1"] }, routes: OWN } }
policy: [{ allow: 22/tcp, from: lan, to: node }, { allow: 22/tcp, from: internet, to: node }]
`;
  const text = ({ nic = '[10.1.0.5, "2001:db8:1::5"]', routes = '[]', own = '[]' }): string =>
    STACK.replace('NIC', nic).replace('ROUTES', routes).replace('OWN', own);

  test('is no next hop of the host: what has its address there leaves as what is behind the gateway', () => {
    const model = modelOf(text({ routes: '[{ to: default, via: 192.0.2.1 }]' }));
    const host = model.hosts.get('node');
    if (host === undefined) throw new Error('no host');
    expect(routesOf(host.routing)).toEqual(['0.0.0.0/0 via 192.0.2.1 dev br0']);
    expect(sourcesOf(host.routing)).toEqual([]);
    expect(route.desire(model, host).map((each: Route) => [each.table, each.via])).toEqual([
      [254, '192.0.2.1'],
      [routingTables('t').last, '192.0.2.1'],
    ]);
  });

  test('is refused where a route names it, on either side', () => {
    const host = text({ routes: '[{ to: default, via: 10.1.0.1 }, { to: 10.9.0.0/16, via: 10.1.0.1 }]' });
    expect(codesOf(host)).toEqual(['route-via: 11', 'route-via: 11']);
    expect(codesOf(text({ own: '[{ to: 10.9.0.0/16, via: 10.1.0.5 }]' }))).toEqual(['route-via: 13']);
  });

  test('is not the router of a NIC that is marked: the host has no default route then', () => {
    expect(codesOf(text({ nic: '{ address: 10.1.0.5, default: true }' }))).toEqual(['default-without-router: 10']);
  });
});

describe('a cluster', () => {
  const CLUSTER = `
topology: t
networks:
  wan: { vlan: 10, subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { vlan: 11, subnet: 10.1.0.0/24 }
hosts:
  x: { access: local, bridges: { br0: { ports: [eno1] } } }
  y: { access: "ssh://root@y.example.net", bridges: { br0: { ports: [eno1] } } }
guests: { web: { on: y, nics: { lan: 10.1.0.9 }, listens: [80/tcp] } }
gateways:
  gw:
    on: [x, y]
    nics:
      wan: { shared: 192.0.2.11, address: { x: 192.0.2.2, y: 192.0.2.3 } }
      lan: { shared: 10.1.0.1 }
    nat: { masquerade: [lan -> wan], publish: [80/tcp -> web] }
expect:
  - { allow: 80/tcp, from: internet, to: 192.0.2.11, reaches: web }
`;
  const model = modelOf(CLUSTER);

  test('stands on each of its hosts, with everything but what its members share', () => {
    for (const [name, own] of [
      ['x', '192.0.2.2/24'],
      ['y', '192.0.2.3/24'],
    ] as const) {
      const host = model.hosts.get(name);
      if (host === undefined) throw new Error(`no host ${name}`);
      expect(host.namespaces.map((each) => each.name)).toEqual(['t-gw']);
      expect(host.attachments.filter((each) => each.owner.name === 'gw').map((each) => each.network)).toEqual([
        'lan',
        'wan',
      ]);
      const there = address.desire(model, host).map((each) => each.address);
      expect(there).toContain(own);
      expect(there.some((each) => each.startsWith('192.0.2.11/') || each.startsWith('10.1.0.1/'))).toBe(false);
      // It has an address of its own that leads to the router.
      expect(route.desire(model, host).map((each: Route) => each.via)).toEqual(['192.0.2.1']);
      expect(desiredState(model, name, KINDS).resources.size).toBeGreaterThan(20);
    }
    expect(model.gateways.get('gw')?.members.map((each) => each.name)).toEqual(['gw@x', 'gw@y']);
  });

  test('is drawn once and probed once', () => {
    expect(graphDocument(model).nodes.filter((each) => each.kind === 'gateway')).toHaveLength(1);
    const { probes } = probePlan(model);
    expect(probes.map((each) => `${each.to.address} ${each.target?.node ?? ''}`)).toEqual(['192.0.2.11 web']);
  });

  test('is carried out where it runs in namespaces', () => {
    expect(codesOf(CLUSTER)).toEqual([]);
    expect(model.missing).toEqual([]);
  });
});
