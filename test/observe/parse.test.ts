import { describe, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import { readReading } from '../../server/observe/host.ts';
import type { HostView } from '../../server/flow/hostview.ts';
import { parseToolJson } from '../../server/observe/json.ts';
import { splitParts } from '../../server/observe/parts.ts';

const VERSIONS = 'ip utility, iproute2-6.1.0, libbpf 1.1.2\nnftables v1.0.6 (Lester Gooch #5)\n';

function part(scope: string, name: string, output: string, code = 0, errors = ''): string {
  return `\0part ${scope} ${name}\n${output}\0code ${String(code)}\n${errors}`;
}

const LINKS =
  '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"group":"default","address":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"}]},' +
  '{"ifindex":2,"ifname":"br0","flags":["UP"],"mtu":1500,"group":"21580","ifalias":"trunkline:1:shop:bridge:br0","address":"02:00:00:00:00:01","linkinfo":{"info_kind":"bridge","info_data":{"vlan_filtering":1}},"addr_info":[]},' +
  '{"ifindex":3,"link":"x9","ifname":"p1","flags":["UP"],"mtu":1500,"master":"br0","group":"default","linkinfo":{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"isolated":true}},"addr_info":[]},' +
  '{"ifindex":4,"link_index":7,"link_netnsid":0,"ifname":"p2","flags":[],"mtu":1500,"group":"default","linkinfo":{"info_kind":"veth"},"addr_info":[{}]}]';

/** The whole of a calm reading, and nothing but that. */
function readHostView(host: string, topology: string, output: Buffer): HostView {
  const reading = readReading(host, topology, output);
  if (reading instanceof Failure) throw reading;
  expect(reading).toMatchObject({ calm: true, whole: true });
  return reading.view;
}

/** A reading of a host, with further parts behind the host's own stack. */
function whole(overrides: Readonly<Record<string, string>> = {}, further = '', calm = 'yes'): string {
  const reads: Record<string, string> = {
    versions: VERSIONS,
    links: LINKS,
    routes4:
      '[{"dst":"default","gateway":"10.0.0.1","dev":"br0","protocol":"201"},{"dst":"10.0.0.7","dev":"br0","table":"local","type":"local"}]',
    routes6: '[]',
    rules4:
      '[{"priority":0,"src":"all","table":"local"},{"priority":10002,"src":"192.0.2.12","table":"main","suppress_prefixlen":0,"protocol":"201"},{"priority":10000,"src":"all","fwmark":"0x1","table":"1073741825","protocol":"201"},{"priority":5210,"src":"10.0.0.0","srclen":8,"fwmark":"0x80000","fwmask":"0xff0000","table":"main"},{"not":null,"priority":7,"src":"all","action":"unreachable"}]',
    rules6: '[]',
    vlans: '[{"ifname":"p1","vlans":[{"vlan":20,"flags":["PVID","Egress Untagged"]},{"vlan":30,"vlanEnd":32}]}]',
    fdb: '[{"mac":"00:00:00:00:00:00","ifname":"p1","dst":"10.0.0.9","flags":["self"],"state":"permanent"}]',
    tables:
      '{"nftables":[{"metainfo":{"version":"1.0.6"}},{"table":{"family":"inet","name":"shop","handle":1}},{"chain":{"family":"inet","table":"shop","name":"x","handle":2}}]}',
    sysctls: 'net/ipv4/ip_forward:1\nnet/ipv4/conf/eno1.10/forwarding:0\ncount:2\n',
    settings: 'net/ipv6/conf/eno1.10/disable_ipv6:1\ncount:1\n',
    ...overrides,
  };
  const parts =
    part('.', 'versions', reads['versions'] ?? '') +
    part('.', 'record', reads['record'] ?? '') +
    ['links', 'routes4', 'routes6', 'rules4', 'rules6', 'vlans', 'fdb', 'tables', 'sysctls', 'settings']
      .map((name) => part('.', name, reads[name] ?? ''))
      .join('') +
    further +
    part('.', 'calm', calm);
  const count = parts.split('\0part ').length - 1;
  return parts + part('.', 'end', `${String(count)} ${String(Buffer.byteLength(parts))}`);
}

describe('a whole reading', () => {
  const view = readHostView(
    'gw-x',
    'shop',
    Buffer.from(whole({}, part('shop-vgw', 'alias', 'trunkline:1:shop:netns:shop-vgw'))),
  );
  const scope = view.scopes.get('');

  test('links by ifindex, with what lies on them', () => {
    expect([...(scope?.links.keys() ?? [])]).toEqual([1, 2, 3, 4]);
    const port = scope?.links.get(3);
    expect(port).toMatchObject({
      name: 'p1',
      type: 'veth',
      master: 2,
      link: null,
      group: 0,
      slaveData: { isolated: true },
    });
    expect(port?.vlans.map((each) => [each.vid, each.pvid, each.untagged])).toEqual([
      [20, true, true],
      [30, false, false],
      [31, false, false],
      [32, false, false],
    ]);
    expect(port?.fdb).toEqual([{ mac: '00:00:00:00:00:00', destination: '10.0.0.9', flags: ['self', 'permanent'] }]);
    expect(scope?.links.get(2)).toMatchObject({
      alias: 'trunkline:1:shop:bridge:br0',
      group: 21580,
      data: { vlan_filtering: 1 },
    });
    expect(scope?.links.get(4)).toMatchObject({ link: 7, linkElsewhere: true, addresses: [] });
  });

  test('rules, with the names of what they say beside', () => {
    const said = scope?.rules.map(({ priority, from, mark, table, suppressed, protocol, other }) =>
      [priority, from, mark, table, suppressed, protocol, ...other].join(' '),
    );
    expect(said).toEqual([
      '0   local  ',
      '10002 192.0.2.12/32  main 0 201',
      '10000  1 1073741825  201',
      '5210 10.0.0.0/8 524288 main   fwmask',
      '7      not action',
    ]);
  });

  test('routes, tables, settings, namespaces', () => {
    expect(scope?.routes.map((each) => [each.to, each.via, each.protocol, each.table, each.type])).toEqual([
      ['0.0.0.0/0', '10.0.0.1', '201', 'main', 'unicast'],
      ['10.0.0.7/32', null, 'boot', 'local', 'local'],
    ]);
    expect(scope?.tables).toEqual([
      { family: 'inet', name: 'shop', objects: [{ chain: { family: 'inet', table: 'shop', name: 'x', handle: 2 } }] },
    ]);
    expect(scope?.sysctls.get('net/ipv4/conf/eno1.10/forwarding')).toBe('0');
    expect(scope?.sysctls.get('net/ipv6/conf/eno1.10/disable_ipv6')).toBe('1');
    expect(view.namespaces).toEqual([{ name: 'shop-vgw', alias: 'trunkline:1:shop:netns:shop-vgw' }]);
    expect(view.record).toBeNull();
  });
});

describe('what is not whole is refused', () => {
  const complete = Buffer.from(whole({}, part('shop-vgw', 'alias', '')));

  test('cut short at any byte, it is never taken for a whole reading', () => {
    const expected = readHostView('gw-x', 'shop', complete);
    for (let length = 0; length < complete.length; length += 7) {
      const view = attempt(() => readHostView('gw-x', 'shop', complete.subarray(0, length)));
      if (view instanceof Failure) expect(view.kind).toMatch(/observation|tool-missing/);
      // Behind the last code there is nothing to lose but a line end.
      else expect(view).toEqual(expected);
    }
  });

  test.each([
    ['links', '{"a":1}', 'not a list'],
    ['links', '[{"ifindex":"one"}]', 'not understood'],
    ['links', '[{"ifindex":1,', 'not JSON'],
    ['links', '', 'printed nothing'],
    ['links', '[]', 'not all there'],
    ['links', '[{},{}]', 'not understood'],
    ['links', LINKS.replace('ifalias', '\ufffdfalias'), 'not understood'],
    ['links', LINKS.replace('LOOPBACK', 'LOOP\ufffdACK'), 'not understood'],
    ['routes4', '', 'printed nothing'],
    ['routes4', '[{},{}]', 'not understood'],
    ['rules6', '[{}]', 'not understood'],
    ['tables', '', 'printed nothing'],
    ['tables', '{"nft":[]}', 'not understood'],
    ['tables', '{"nftables":[]}', 'not understood'],
    ['tables', '{"nftables":[{"metainfo":{}},{}]}', 'not understood'],
    ['tables', '{"nftables":[{"metainfo":{}},{"chain":{"family":"inet","name":"x"}}]}', 'not understood'],
    ['sysctls', '', 'not all there'],
    ['sysctls', 'count:1\n', 'not all there'],
    ['sysctls', 'net/ipv4/ip_forward:1\ncount:2\n', 'not all there'],
    ['sysctls', 'net/ipv4/ip_forward:1\n', 'not all there'],
    ['sysctls', 'net/ipv4/ip_forward\ncount:1\n', 'not understood'],
    ['sysctls', 'net/ipv4/ip_forward:\u001b\ncount:1\n', 'not understood'],
    ['record', '{"format":1}', 'damaged'],
    ['record', '{"format":99,"topology":"shop","former":{}}', 'newer'],
  ])('%s: %s', (name, output, message) => {
    expect(() => readHostView('gw-x', 'shop', Buffer.from(whole({ [name]: output })))).toThrow(message);
  });

  test('a failed read is explained by what it failed for', () => {
    const failing = (code: number, errors: string): unknown =>
      attempt(() => readHostView('gw-x', 'shop', Buffer.from(whole({}, part('.', 'tables', '', code, errors)))));
    expect(failing(127, 'sh: 1: nft: not found')).toMatchObject({ kind: 'tool-missing' });
    expect(failing(1, 'Operation not permitted (you must be root)')).toMatchObject({ kind: 'no-rights' });
    expect(failing(1, 'Object "vlan" is unknown')).toMatchObject({ kind: 'observation' });
  });

  test('a part that was dropped on the way', () => {
    for (const name of ['record', 'links', 'vlans', 'sysctls', 'alias', 'calm'])
      expect(() =>
        readHostView(
          'gw-x',
          'shop',
          Buffer.from(complete.toString().replace(new RegExp(`\0part \\S+ ${name}\n[^\0]*\0code 0\n`), '')),
        ),
      ).toThrow('missing');
  });

  test('what fails or is interrupted while things change may succeed the next time', () => {
    expect(readReading('h', 'shop', Buffer.from(whole({}, '', 'no')))).toMatchObject({ calm: false, whole: true });
    const failed = part('.', 'sysctls', '', 2, 'grep: No such file or directory');
    expect(readReading('h', 'shop', Buffer.from(whole({}, failed, 'no')))).toBeInstanceOf(Failure);
    expect(() => readReading('h', 'shop', Buffer.from(whole({}, failed)))).toThrow('could not be read');
    const interrupted = part('.', 'links', LINKS, 0, 'Dump was interrupted and may be inconsistent.');
    expect(readReading('h', 'shop', Buffer.from(whole({}, interrupted)))).toMatchObject({ calm: true, whole: false });
  });

  test('tools that are too old', () => {
    const old = (versions: string): unknown =>
      attempt(() => readHostView('gw-x', 'shop', Buffer.from(whole({ versions }))));
    expect(old('ip utility, iproute2-5.10.0\nnftables v1.0.6\n')).toMatchObject({
      kind: 'tool-missing',
      message: expect.stringContaining('iproute2') as string,
    });
    expect(old('ip utility, iproute2-6.1.0\nnftables v1.0.5\n')).toMatchObject({
      kind: 'tool-missing',
      message: expect.stringContaining('nft') as string,
    });
    expect(old('ip utility, iproute2-7.0.0\nnftables v2.0.0\n')).not.toBeInstanceOf(Failure);
  });
});

function attempt<T>(action: () => T): T | Failure {
  try {
    return action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

test('control bytes in strings, as iproute2 prints them, do not stop the reading', () => {
  expect(parseToolJson('h', 'ip', Buffer.from('[{"ifalias":"a\u001b[31m\u0001b\\"c"}]\n'))).toEqual([
    { ifalias: 'a\u001b[31m\u0001b"c' },
  ]);
  expect(parseToolJson('h', 'ip', Buffer.from([91, 34, 0xff, 34, 93]))).toEqual(['\ufffd']);
});

test('parts out of order are garbled', () => {
  expect(() => splitParts('h', Buffer.from('\0code 0\n'))).toThrow('garbled');
  expect(() => splitParts('h', Buffer.from('\0part . a\nx\0part . b\ny'))).toThrow('garbled');
  expect(() => splitParts('h', Buffer.from(''))).toThrow('cut short');
});
