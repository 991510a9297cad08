/** What an import makes of what, and that nothing gets lost. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSnapshot } from '../../server/observe/read-snapshot.ts';
import { newNames } from '../../server/import/names.ts';
import {
  field,
  folderOf,
  is,
  link,
  meta,
  natTable,
  ROUTER_LINKS,
  ROUTER_ROUTES,
  USUAL_RULES,
} from './support/folder.ts';
import type { Written } from './support/folder.ts';
import { importFolder, unaccounted } from './support/imported.ts';

const ROUTER: Written = { links: ROUTER_LINKS, routes4: ROUTER_ROUTES };
const importOf = (written: Written) => importFolder(folderOf({ ...ROUTER, ...written })).imported;
/** Lines of the file below `nat:`, without comments. */
const natOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => /^ {8}- /.test(line))
    .map((line) => line.trim());
const reasonsOf = (written: Written): readonly string[] =>
  importOf(written).unexpressed.map(({ place, reason }) => `${place}: ${reason}`);

test('a router, with everything that it has', () => {
  const { text } = importOf({
    nft: natTable(
      [[is(meta('iifname'), 'eth0'), is(field('tcp', 'dport'), 8080), { dnat: { addr: '10.0.0.5', port: 80 } }]],
      [
        [
          is(field('ip', 'saddr'), { prefix: { addr: '10.0.0.0', len: 24 } }),
          is(meta('oifname'), 'eth0'),
          { masquerade: null },
        ],
      ],
    ),
    fdb: [{ mac: '52:54:00:00:00:01', ifname: 'vnet0', flags: [], master: 'br0', state: '' }],
    neighbours: [{ dst: '10.0.0.5', dev: 'br0', lladdr: '52:54:00:00:00:01', state: ['REACHABLE'] }],
  });
  expect(text).toMatchInlineSnapshot(`
    "# What box was like at 2026-11-21T18:00:00Z. Look at it, run \`trunkline plan\` on it, and then \`trunkline apply --adopt\`.
    topology: e-hand

    networks:
      br0: { subnet: 10.0.0.0/24 }
      eth0: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }

    hosts:
      box:
        access: local
        bridges:
          br0: { networks: [br0] }
        nics:
          br0: { mac: "02:00:00:00:00:03" }

    guests:
      # nobody was heard behind it: add its addresses where you know them
      vnet0: { on: box, nics: { br0: { port: vnet0 } } }

    # The host translates addresses in its own stack. The rules of others that do so now stay as they are; these say the same beside
    # them. Take theirs out once this is applied and works.
    # What comes to the host itself by broadcast or multicast on these networks is not let in any more.
    gateways:
      box-nat:
        on: box
        runs: host
        nics:
          br0: { address: 10.0.0.1 }
          eth0: { address: 192.0.2.10, port: eth0, fabric: wire-eth0 }
        nat:
          masquerade:
            # table ip nat, chain post, rule 100
            - br0 -> eth0
          publish:
            # table ip nat, chain pre, rule 10
            - { listen: 192.0.2.10:8080/tcp, to: 10.0.0.5:80, from: [eth0, internet] }

    # Everything passes, as far as the rules of others let it: they go on judging. Write what may pass instead, and then take theirs
    # out.
    policy:
      - { allow: any, from: [br0, eth0, internet], to: [br0, eth0, internet] }
    # Not in this file:
    #   table ip nat (3 objects): it stays as it is: take it out when what the file says in its place is applied and works
    "
  `);
});

const dport = (port: unknown, protocol = 'tcp'): object => is(field(protocol, 'dport'), port);
const dnat = (addr: string, port?: unknown): object => ({ dnat: { addr, ...(port === undefined ? {} : { port }) } });
const fromLan = is(field('ip', 'saddr'), { prefix: { addr: '10.0.0.0', len: 24 } });
const outBy = (device: string): object => is(meta('oifname'), device);

test.each<readonly [string, readonly object[], readonly string[]]>([
  [
    'by address',
    [is(field('ip', 'daddr'), '192.0.2.10'), dport(443), dnat('10.0.0.5', 8443)],
    ['- { listen: 192.0.2.10:443/tcp, to: 10.0.0.5:8443 }'],
  ],
  [
    'by interface',
    [is(meta('iifname'), 'eth0'), dport(25), dnat('10.0.0.5')],
    ['- { listen: 192.0.2.10:25/tcp, to: 10.0.0.5:25, from: [eth0, internet] }'],
  ],
  [
    'for some',
    [
      is(field('ip', 'saddr'), { prefix: { addr: '198.51.100.0', len: 24 } }),
      is(meta('iifname'), 'eth0'),
      dport(22),
      dnat('10.0.0.5', 22),
    ],
    ['- { listen: 192.0.2.10:22/tcp, to: 10.0.0.5:22, from: [198.51.100.0/24] }'],
  ],
  [
    'several ports',
    [is(field('ip', 'daddr'), '192.0.2.10'), dport({ set: [53, 5353] }, 'udp'), dnat('10.0.0.5')],
    ['- { listen: 192.0.2.10:53/udp, to: 10.0.0.5:53 }', '- { listen: 192.0.2.10:5353/udp, to: 10.0.0.5:5353 }'],
  ],
  [
    'a range of ports',
    [is(field('ip', 'daddr'), '192.0.2.10'), dport({ range: [8000, 8010] }), dnat('10.0.0.5')],
    ['- { listen: 192.0.2.10:8000-8010/tcp, to: 10.0.0.5 }'],
  ],
])('a port mapping %s', (_case, rule, expected) => {
  expect(natOf(importOf({ nft: natTable([rule]) }).text)).toEqual(expected);
});

test.each<readonly [string, readonly object[], string]>([
  ['every destination', [dport(443), dnat('10.0.0.5')], 'neither an address of the host nor one interface'],
  ['no ports', [is(field('ip', 'daddr'), '192.0.2.10'), dnat('10.0.0.5')], 'names tcp or udp'],
  [
    'a mark',
    [is(meta('mark'), 3), is(field('ip', 'daddr'), '192.0.2.10'), dport(1), dnat('10.0.0.5')],
    'says what a file cannot: match',
  ],
  ['a negation', [is(field('ip', 'daddr'), '192.0.2.9', '!='), dport(1), dnat('10.0.0.5')], 'makes no exceptions'],
  ['a named set', [is(field('ip', 'daddr'), '@mine'), dport(1), dnat('10.0.0.5')], 'says what a file cannot: match'],
  ['a wildcard', [is(meta('iifname'), 'eth*'), dport(1), dnat('10.0.0.5')], 'says what a file cannot: match'],
  [
    'somewhere else',
    [is(field('ip', 'daddr'), '192.0.2.10'), dport(1), dnat('203.0.113.9')],
    '203.0.113.9 is on no network',
  ],
  [
    'other ports inside',
    [is(field('ip', 'daddr'), '192.0.2.10'), dport({ range: [1, 9] }), dnat('10.0.0.5', 5)],
    'several ports lead to other ones',
  ],
  [
    'a target with flags',
    [is(field('ip', 'daddr'), '192.0.2.10'), dport(1), { dnat: { addr: '10.0.0.5', flags: 'random' } }],
    'says what a file cannot: dnat',
  ],
])('a port mapping for %s is listed', (_case, rule, reason) => {
  const nft = natTable([rule]);
  expect(natOf(importOf({ nft }).text)).toEqual([]);
  expect(reasonsOf({ nft }).filter((each) => each.includes('rule 10'))).toEqual([expect.stringContaining(reason)]);
});

test('a rule behind an exception is not written as if there were none', () => {
  const exception = [is(field('ip', 'saddr'), '10.0.0.99'), { accept: null }];
  const nft = natTable([], [exception, [fromLan, outBy('eth0'), { masquerade: null }]]);
  expect(natOf(importOf({ nft }).text)).toEqual([]);
  expect(reasonsOf({ nft }).join('\n')).toContain(
    'rule 101: it translates, and says what a file cannot: a rule before it that makes exceptions',
  );
});

describe.each<readonly [string, readonly object[], readonly string[]]>([
  ['by interface', [outBy('eth0'), { masquerade: null }], ['- br0 -> eth0']],
  [
    'to elsewhere',
    [fromLan, is(field('ip', 'daddr'), { prefix: { addr: '10.0.0.0', len: 24 } }, '!='), { masquerade: null }],
    ['- br0 -> eth0'],
  ],
  ['as an address', [fromLan, outBy('eth0'), { snat: { addr: '192.0.2.10' } }], ['- br0 -> eth0']],
  ['as another address', [fromLan, outBy('eth0'), { snat: { addr: '192.0.2.11' } }], []],
  ['of part of a network', [is(field('ip', 'saddr'), '10.0.0.5'), outBy('eth0'), { masquerade: null }], []],
  ['of one protocol', [fromLan, is(meta('l4proto'), 'tcp'), outBy('eth0'), { masquerade: null }], []],
])('a masquerade %s', (_case, rule, expected) => {
  test('is written, or listed', () => {
    expect(natOf(importOf({ nft: natTable([], [rule]) }).text)).toEqual(expected);
  });
});

test('a masquerade of one family is none of networks that have both', () => {
  const both = ROUTER_LINKS.map((each, at) =>
    at === 1
      ? link(2, 'eth0', { addresses: ['192.0.2.10/24', '2001:db8::10/64'] })
      : at === 2
        ? link(3, 'br0', { kind: 'bridge', addresses: ['10.0.0.1/24', '2001:db8:1::1/64'] })
        : each,
  );
  expect(
    reasonsOf({ links: both, nft: natTable([], [[fromLan, outBy('eth0'), { masquerade: null }]]) }).join('\n'),
  ).toContain('for one address family');
});

const IPTABLES = `# Generated by iptables-save v1.8.9 on Sat Nov 21 18:00:00 2026
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:web - [0:0]
-A PREROUTING -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -m comment --comment "the \\"web\\" # server" -j web
-A PREROUTING -i eth0 -p udp -m multiport --dports 53,123 -j DNAT --to-destination 10.0.0.5
-A PREROUTING -m addrtype --dst-type LOCAL -j DNAT --to-destination 10.0.0.5
-A POSTROUTING -s 10.0.0.0/24 -o eth0 -j MASQUERADE
-A web -j DNAT --to-destination 10.0.0.5:8443
COMMIT
*filter
-A FORWARD -i br0 -j ACCEPT
COMMIT
`;
const IPTABLES_NAT = [
  '- br0 -> eth0',
  '- { listen: 192.0.2.10:443/tcp, to: 10.0.0.5:8443 }',
  '- { listen: 192.0.2.10:53/udp, to: 10.0.0.5:53, from: [eth0, internet] }',
  '- { listen: 192.0.2.10:123/udp, to: 10.0.0.5:123, from: [eth0, internet] }',
];

test('rules of iptables-legacy are read from its text, and each line is accounted for', () => {
  const written = { iptables: { 'iptables.txt': IPTABLES } };
  expect(natOf(importOf(written).text)).toEqual(IPTABLES_NAT);
  const reasons = reasonsOf(written);
  expect(reasons.filter((each) => each.includes('--dst-type'))).toHaveLength(1);
  expect(reasons.filter((each) => each.includes('-A FORWARD'))).toHaveLength(1);
});

test('rules of iptables-nft, whose parameters nft does not show, are read from the text and stand for those of the listing', () => {
  const text = IPTABLES.replace('iptables-save v1.8.9', 'iptables-nft-save v1.8.9 (nf_tables)').replace(
    /\*filter[^]*/,
    '',
  );
  const table = { family: 'ip', table: 'nat' };
  const target = { xt: { type: 'target', name: 'DNAT' } };
  const chains = ['PREROUTING', 'PREROUTING', 'PREROUTING', 'POSTROUTING', 'web'];
  const rules = chains.map((chain, at) => ({ rule: { ...table, chain, handle: 10 + at, expr: [target] } }));
  const nft = [{ table: { family: 'ip', name: 'nat' } }, ...rules];
  const { imported } = importFolder(folderOf({ ...ROUTER, nft, iptables: { 'iptables.txt': text } }));
  expect(natOf(imported.text)).toEqual(IPTABLES_NAT);
  expect(imported.entries.filter(({ outcome }) => outcome.type === 'file').map(({ key }) => key)).toEqual(
    expect.arrayContaining(['table ip nat 0', 'table ip nat 1', 'table ip nat 3', 'table ip nat 4']),
  );
});

test.each([
  ['a host that forwards nothing', { settings: ['net/ipv4/ip_forward:0'] }, 'forwards nothing'],
  ['a host that answers DHCP', { udp: '  10: 00000000:0043 00000000:0000 07\n' }, 'answers DHCP'],
])('%s gets no gateway', (_case, more, reason) => {
  const written = { ...more, nft: natTable([], [[fromLan, outBy('eth0'), { masquerade: null }]]) };
  expect(importOf(written).text).not.toContain('gateways:');
  expect(reasonsOf(written).join('\n')).toContain(reason);
});

test('routes and rules that no file can say are listed', () => {
  const route = { gateway: '10.0.0.9', dev: 'br0', protocol: 'static', flags: [] };
  const reasons = reasonsOf({
    routes4: [
      ...ROUTER_ROUTES,
      { ...route, dst: '10.1.0.0/16', metric: 50 },
      { ...route, dst: '10.2.0.0/16', protocol: 'dhcp' },
      { ...route, dst: '10.3.0.0/16', table: '100' },
      { ...route, dst: '10.4.0.0/16', prefsrc: '10.0.0.1' },
      { dst: '10.5.0.0/16', type: 'blackhole', flags: [] },
      { ...route, dst: '10.6.0.0/16', gateway: '10.77.0.1' },
      { dst: '10.7.0.0/16', nexthops: [{ gateway: '10.0.0.9', dev: 'br0' }], flags: [] },
    ],
    rules4: [...USUAL_RULES, { priority: 500, src: '10.9.0.0', srclen: 16, table: '100' }],
  });
  expect(reasons.filter((each) => /route|rule 500/.test(each)).map((each) => each.replace(/^.*?: /, ''))).toEqual([
    expect.stringContaining('metrics'),
    expect.stringContaining('dhcp made it'),
    expect.stringContaining('main table only'),
    expect.stringContaining('prefsrc'),
    expect.stringContaining('no blackhole routes'),
    expect.stringContaining('on no network'),
    expect.stringContaining('nexthops'),
    expect.stringContaining('no rules of its own'),
  ]);
});

test('a router without a bridge: each port has a wire of its own', () => {
  const links = [
    link(1, 'lo'),
    link(2, 'eth0', { addresses: ['192.0.2.10/24'] }),
    link(3, 'eth1', { addresses: ['10.0.0.1/24', '2001:db8:1::1/64'] }),
  ];
  const routes4 = [{ dst: 'default', gateway: '192.0.2.1', dev: 'eth0', flags: [] }];
  const { text, unexpressed } = importOf({ links, routes4 });
  expect(text).toContain('eth0: { address: 192.0.2.10, port: eth0, fabric: wire-eth0 }');
  expect(text).toContain('eth1: { address: [10.0.0.1, "2001:db8:1::1"], port: eth1, fabric: wire-eth1 }');
  expect(unexpressed).toEqual([]);
});

test('names become valid ones, each used once, and close to what they were', () => {
  const nameFor = newNames();
  expect(['br_lan.20', 'Br-LAN 20', '0x', '*', 'internet'].map((each) => nameFor(each, 'net'))).toEqual([
    'br-lan-20',
    'br-lan-20-2',
    'x',
    'net',
    'internet-2',
  ]);
});

/** What a host may be like: bridges, ports, taps and rules with any names and values. */
const HOSTILE = fc.oneof(
  fc.constantFrom(
    'a;b',
    '$(id)',
    '"',
    '#',
    "'",
    'a: b',
    '- x',
    '{',
    '\u001b[31m',
    '\u202e',
    'br0 # x',
    '*',
    'Br0',
    'br_lan',
    'docker0',
    'lo0',
    'any',
    'internet',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 15 }),
);
const LINK = fc.record({
  name: HOSTILE,
  kind: fc.constantFrom(undefined, 'bridge', 'tun', 'veth', 'bond', 'vlan', 'vxlan', 'dummy'),
  up: fc.boolean(),
  master: fc.option(HOSTILE, { nil: undefined }),
  ifalias: fc.option(HOSTILE, { nil: undefined }),
  vlan_filtering: fc.constantFrom(0, 1),
  address: fc.option(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 32 })), { nil: undefined }),
});
const EXPRESSION = fc.oneof(
  fc.constantFrom(
    is(meta('iifname'), 'eth0'),
    fromLan,
    outBy('eth0'),
    dport(80),
    dnat('10.0.0.5', 80),
    { masquerade: null },
    { accept: null },
    { jump: { target: 'post' } },
    { counter: null },
  ),
  HOSTILE.map((text) => is(meta('iifname'), text)),
  fc.jsonValue().map((value) => ({ dnat: value })),
);

test('whatever a host is like: all is accounted for, the file is in normal form and without errors', () => {
  const host = fc.record({
    links: fc.array(LINK, { maxLength: 12 }),
    rules: fc.array(fc.array(EXPRESSION, { maxLength: 5 }), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(host, ({ links, rules }) => {
      const names = new Set(['lo', 'eth0', 'br0', 'vnet0']);
      const further = links.flatMap(({ name, kind, up, master, ifalias, vlan_filtering, address }, at) => {
        if (names.has(name)) return [];
        names.add(name);
        const addresses =
          address === undefined ? [] : [`10.${String(at)}.0.${String(address[0])}/${String(address[1])}`];
        const parts = { up, addresses, data: { vlan_filtering, mode: 'active-backup', id: 7 } };
        const more = { ...(master === undefined ? {} : { master }), ...(ifalias === undefined ? {} : { ifalias }) };
        return [link(10 + at, name, { ...parts, ...more, ...(kind === undefined ? {} : { kind }) })];
      });
      importFolder(folderOf({ ...ROUTER, links: [...ROUTER_LINKS, ...further], nft: natTable(rules, rules) }));
    }),
    { seed: 20_261_121, numRuns: 100 },
  );
});

test('an object that gets lost, or is claimed without being there, is noticed', () => {
  const { snapshot, imported } = importFolder(folderOf({ ...ROUTER, nft: natTable([[dport(1), dnat('10.0.0.5')]]) }));
  const { entries } = imported;
  const at = entries.findIndex(({ outcome }) => outcome.type === 'listed');
  const as = (outcome: (typeof entries)[number]['outcome']) =>
    entries.map((each, index) => (index === at ? { ...each, outcome } : each));
  expect(unaccounted(snapshot, { ...imported, entries: entries.toSpliced(at, 1) })).not.toEqual([]);
  expect(unaccounted(snapshot, { ...imported, entries: [...entries, ...entries.slice(at, at + 1)] })).not.toEqual([]);
  expect(unaccounted(snapshot, { ...imported, unexpressed: [] })).not.toEqual([]);
  expect(unaccounted(snapshot, { ...imported, entries: as({ type: 'kernel' }) })).not.toEqual([]);
  expect(unaccounted(snapshot, { ...imported, text: 'topology: x\n' })).not.toEqual([]);
});

describe('a snapshot that is not whole is refused', () => {
  const FOLDER = folderOf(ROUTER);
  const without = (file: string) => new Map([...FOLDER].filter(([name]) => name !== file));
  const manifest = (change: object): Map<string, Buffer> => {
    const old = JSON.parse(FOLDER.get('manifest.json')?.toString() ?? '') as object;
    return new Map(FOLDER).set('manifest.json', Buffer.from(JSON.stringify({ ...old, ...change })));
  };
  test.each([
    ['a changed file', new Map(FOLDER).set('links.json', Buffer.from('[]')), 'links.json is not as it was recorded'],
    ['a missing file', without('rules4.json'), 'rules4.json is not as it was recorded'],
    ['no manifest', without('manifest.json'), 'manifest.json is missing'],
    ['a newer format', manifest({ format: 2 }), 'this version reads up to 1'],
    ['a read that failed', manifest({ files: [] }), 'could not be read on the host'],
  ])('%s', (_case, folder, detail) => {
    expect(() => readSnapshot(folder)).toThrow(
      expect.objectContaining({ kind: 'file-wrong', detail: expect.stringContaining(detail) as string }) as Error,
    );
  });
});
