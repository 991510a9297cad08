/** What the kernel is known to do, on small worlds made by hand: one hop, one rule, one setting at a time. */
import { describe, expect, it } from 'vitest';
import { hostPrefix } from '../../server/core/address.ts';
import type { Interface, NetworkStack, StackRoute, StackRule, Wire, World } from '../../server/flow/world.ts';
import { KERNEL_RULES, kernelRoutes, LOOPBACK } from '../../server/reach/world/kernel-routes.ts';
import type { Reach } from '../../server/reach/walk/reach.ts';
import { reach } from '../../server/reach/walk/reach.ts';

type Parts = Partial<Omit<NetworkStack, 'interfaces' | 'settings'>> & {
  readonly nics: Readonly<Record<string, Partial<Interface>>>;
  readonly settings?: Readonly<Record<string, string>>;
};

let macs = 0;

function stack(id: string, { nics, settings = {}, routes = [], rules = [], ...more }: Parts): NetworkStack {
  const interfaces = [
    LOOPBACK,
    ...Object.entries(nics).map(([name, nic]): Interface => {
      macs += 1;
      const mac = `02:00:00:00:00:${macs.toString(16).padStart(2, '0')}`;
      return { ...LOOPBACK, name, mac, addresses: [], form: { type: 'plain' }, ...nic };
    }),
  ];
  return {
    ...{ id, node: id, sort: 'host', host: id, listens: null, unread: [], iptables: new Map(), tables: [], ...more },
    interfaces: new Map(interfaces.map((each) => [each.name, each])),
    routes: [...kernelRoutes(interfaces), ...routes],
    rules: [...KERNEL_RULES, ...rules].toSorted((a, b) => a.priority - b.priority),
    settings: new Map(Object.entries(settings)),
  };
}

/** `a.eth0 = b.eth0` */
function wire(text: string, more: Partial<Wire> = {}): Wire {
  const ends = text.split(' = ').map((end) => {
    const [at = '', device = ''] = end.split('.');
    return { stack: at, device, tag: null };
  });
  return { name: text, ends, open: false, ...more };
}

function world(stacks: readonly NetworkStack[], wires: readonly (Wire | string)[]): World {
  return {
    stacks: new Map(stacks.map((each) => [each.id, each])),
    wires: wires.map((each) => (typeof each === 'string' ? wire(each) : each)),
    nodes: new Map(stacks.map(({ id }) => [id, id])),
  };
}

function route(to: string, via: string | null, device: string, more: Partial<StackRoute> = {}): StackRoute {
  const family = to.includes(':') ? 6 : 4;
  const plain = { type: 'unicast', metric: 0, source: null, protocol: 'boot', unknown: [], table: 'main' };
  return { family, to, ways: [{ via, device }], ...plain, ...more };
}

const rule = (priority: number, more: Partial<StackRule>): StackRule => ({
  ...{ family: 4, priority, from: null, mark: null, table: 'main', suppressed: null, unknown: [] },
  ...more,
});

const FORWARDS = { 'net/ipv4/ip_forward': '1' };

/** a – r – b, with whatever is different about r, a and b. */
function line(r: Partial<Parts> = {}, { a = {}, b = {} }: { a?: Partial<Parts>; b?: Partial<Parts> } = {}): World {
  const end = (n: number, more: Partial<Parts>): Parts => ({
    nics: { eth0: { addresses: [`10.0.${String(n)}.10/24`] } },
    routes: [route('0.0.0.0/0', `10.0.${String(n)}.1`, 'eth0')],
    ...more,
  });
  const nics = { left: { addresses: ['10.0.1.1/24'] }, right: { addresses: ['10.0.2.1/24'] } };
  return world(
    [stack('a', end(1, a)), stack('b', end(2, b)), stack('r', { nics, settings: FORWARDS, ...r })],
    ['a.eth0 = r.left', 'b.eth0 = r.right'],
  );
}

const ask = (where: World, to = '10.0.2.10', source: string | null = null): Reach =>
  reach(where, { from: 'a', source, to, protocol: 'tcp', port: 80 });

describe('a router', () => {
  it('forwards, and the answer comes back', () => {
    const answer = ask(line());
    expect(answer.verdict).toBe('delivered');
    expect(answer.there.hops.map(({ node, action }) => `${node} ${action}`)).toEqual([
      'a sends',
      'r forwards',
      'b delivers',
    ]);
    expect(answer.back?.hops.map(({ node, action }) => `${node} ${action}`)).toEqual([
      'b sends',
      'r forwards',
      'a delivers',
    ]);
  });
  it('does not, where forwarding is off for the interface that a packet comes in by', () => {
    expect(ask(line({ settings: {} }))).toMatchObject({ verdict: 'dropped', arrived: null });
    const one = { ...FORWARDS, 'net/ipv4/conf/right/forwarding': '0' };
    expect(ask(line({ settings: one }))).toMatchObject({ verdict: 'dropped', arrived: { node: 'b' } });
  });
  it('knows no way', () => {
    expect(ask(line(), '10.9.0.1')).toMatchObject({ verdict: 'no-route', why: 'r: no route to 10.9.0.1' });
    const none = line({ routes: [route('10.9.0.0/16', null, 'left', { type: 'blackhole', ways: [] })] });
    expect(ask(none, '10.9.0.1')).toMatchObject({ verdict: 'dropped' });
    const no = line({ routes: [route('10.9.0.0/16', null, 'left', { type: 'unreachable', ways: [] })] });
    expect(ask(no, '10.9.0.1')).toMatchObject({ verdict: 'no-route' });
  });
  it('hands it round in a circle', () => {
    const circle = line({ routes: [route('10.9.0.0/16', '10.0.2.10', 'right')] }, { b: { settings: FORWARDS } });
    expect(ask(circle, '10.9.0.1')).toMatchObject({ verdict: 'loop' });
  });
  it('sends to an address that nobody has', () => {
    expect(ask(line(), '10.0.2.77')).toMatchObject({
      verdict: 'no-route',
      why: 'nobody answers for 10.0.2.77 on right of r',
    });
  });
});

describe('reverse paths', () => {
  const from = '10.7.7.7';
  const a = { nics: { eth0: { addresses: ['10.0.1.10/24', hostPrefix(from)] } } };
  const judged = (mode: string, routes: readonly StackRoute[] = []): string =>
    ask(
      line(
        { settings: { ...FORWARDS, 'net/ipv4/conf/left/rp_filter': mode }, routes },
        { a: { ...a, routes: [route('0.0.0.0/0', '10.0.1.1', 'eth0')] } },
      ),
      '10.0.2.10',
      from,
    ).why;

  it('strict: by the same interface only', () => {
    expect(judged('1', [route('10.7.0.0/16', '10.0.2.10', 'right')])).toContain('rp_filter of left');
    expect(judged('1', [route('10.7.0.0/16', '10.0.1.10', 'left')])).toBe('it is delivered to b');
  });
  it('loose: by any', () => {
    expect(judged('2')).toContain('there is no way back');
    expect(judged('2', [route('10.7.0.0/16', '10.0.2.10', 'right')])).not.toContain('rp_filter');
  });
  it('the greater of `all` and the interface counts', () => {
    const settings = { ...FORWARDS, 'net/ipv4/conf/all/rp_filter': '1', 'net/ipv4/conf/left/rp_filter': '0' };
    const routes = [route('10.7.0.0/16', '10.0.2.10', 'right')];
    const found = ask(
      line({ settings, routes }, { a: { ...a, routes: [route('0.0.0.0/0', '10.0.1.1', 'eth0')] } }),
      '10.0.2.10',
      from,
    );
    expect(found.why).toContain('rp_filter of left');
  });
  it('its own address from outside is refused, whatever is set', () => {
    const own = {
      nics: { eth0: { addresses: ['10.0.1.10/24', '10.0.2.1/32'] } },
      routes: [route('0.0.0.0/0', '10.0.1.1', 'eth0')],
    };
    expect(ask(line({}, { a: own }), '10.0.2.10', '10.0.2.1').why).toContain('is its own address');
  });
  it('loopback addresses need route_localnet', () => {
    const routes = [
      route('0.0.0.0/0', '10.0.1.1', 'eth0'),
      route('127.0.0.9/32', '10.0.1.1', 'eth0', { table: 'local' }),
    ];
    const to = (settings: Record<string, string>): string =>
      ask(line({ settings }, { a: { routes } }), '127.0.0.9', '10.0.1.10').there.why;
    expect(to(FORWARDS)).toContain('route_localnet is off');
    expect(to({ ...FORWARDS, 'net/ipv4/conf/left/route_localnet': '1' })).toBe('it is delivered to r');
  });
});

describe('routing rules', () => {
  it('by source, by prefix length, and past what is suppressed', () => {
    const other = { table: '77' };
    const routes = [route('0.0.0.0/0', '10.0.2.99', 'right'), route('0.0.0.0/0', '10.0.2.10', 'right', other)];
    const rules = [rule(10, { suppressed: 0 }), rule(11, { from: '10.0.1.0/24', table: '77' })];
    const b = {
      nics: { eth0: { addresses: ['10.0.2.10/24', '10.9.9.9/32'] } },
      routes: [route('0.0.0.0/0', '10.0.2.1', 'eth0')],
    };
    expect(ask(line({ routes, rules }, { b }), '10.9.9.9').verdict).toBe('delivered');
    expect(ask(line({ routes }, { b }), '10.9.9.9').why).toContain('nobody answers for 10.0.2.99');
    expect(
      ask(line({ routes: [...routes, route('10.9.0.0/16', '10.0.2.98', 'right')], rules }, { b }), '10.9.9.9').why,
    ).toContain('10.0.2.98');
  });
  it('what is not understood makes it unknown, where it may be asked', () => {
    const strange = rule(10, { unknown: ['iif'], table: '77' });
    expect(ask(line({ rules: [strange] }))).toMatchObject({ verdict: 'unknown' });
    expect(ask(line({ rules: [{ ...strange, from: '192.0.2.0/24' }] }))).toMatchObject({ verdict: 'delivered' });
    expect(ask(line({ routes: [route('10.0.2.0/25', null, 'right', { unknown: ['encap'] })] }))).toMatchObject({
      verdict: 'unknown',
    });
  });
  it('several ways have to end alike', () => {
    const ways = (second: string): StackRoute =>
      route('10.9.0.0/16', null, 'right', {
        ways: [
          { via: '10.0.2.10', device: 'right' },
          { via: second, device: 'right' },
        ],
      });
    const b = {
      nics: { eth0: { addresses: ['10.0.2.10/24', '10.9.9.9/32', '10.0.2.11/24'] } },
      routes: [route('0.0.0.0/0', '10.0.2.1', 'eth0')],
    };
    expect(ask(line({ routes: [ways('10.0.2.11')] }, { b }), '10.9.9.9').verdict).toBe('delivered');
    expect(ask(line({ routes: [ways('10.0.2.12')] }, { b }), '10.9.9.9')).toMatchObject({ verdict: 'unknown' });
  });
});

describe('who answers', () => {
  const two = (settings: Record<string, string>, addresses = ['10.0.5.1/24']): Reach => {
    const far = stack('far', {
      nics: { eth0: {}, eth1: { addresses } },
      settings,
      routes: [route('0.0.0.0/0', null, 'eth0')],
    });
    const a = stack('a', { nics: { eth0: { addresses: ['10.0.5.9/24'] } } });
    return reach(world([a, far], ['a.eth0 = far.eth0']), {
      from: 'a',
      source: null,
      to: '10.0.5.1',
      protocol: 'icmp',
      port: null,
    });
  };
  it('IPv4 answers for any of its addresses unless arp_ignore says otherwise', () => {
    expect(two({}).arrived?.node).toBe('far');
    expect(two({ 'net/ipv4/conf/eth0/arp_ignore': '1' })).toMatchObject({ verdict: 'no-route' });
    expect(two({ 'net/ipv4/conf/all/arp_ignore': '8' })).toMatchObject({ verdict: 'no-route' });
  });
  it('a proxy answers for what it forwards elsewhere', () => {
    const settings = { ...FORWARDS, 'net/ipv4/conf/left/proxy_arp': '1' };
    const a = { nics: { eth0: { addresses: ['10.0.1.10/16'] } }, routes: [] };
    expect(ask(line({ settings }, { a })).verdict).toBe('delivered');
    expect(ask(line({}, { a })).verdict).toBe('no-route');
  });
  it('two owners of one address have to come to the same', () => {
    const twin = stack('twin', { nics: { eth0: { addresses: ['10.0.5.1/24'] } } });
    const far = stack('far', { nics: { eth0: { addresses: ['10.0.5.1/24'] } } });
    const a = stack('a', { nics: { eth0: { addresses: ['10.0.5.9/24'] } } });
    const all = world([a, far, twin], ['a.eth0 = far.eth0 = twin.eth0']);
    expect(reach(all, { from: 'a', source: null, to: '10.0.5.1', protocol: 'icmp', port: null })).toMatchObject({
      verdict: 'unknown',
    });
  });
  it('beyond a cable nobody has told of, somebody may', () => {
    const a = stack('a', { nics: { eth0: { addresses: ['10.0.5.9/24'] } } });
    const open = world([a], [wire('a.eth0', { open: true })]);
    expect(reach(open, { from: 'a', source: null, to: '10.0.5.1', protocol: 'icmp', port: null })).toMatchObject({
      verdict: 'unknown',
    });
  });
});

describe('a bridge', () => {
  const port = (more: object = {}): Partial<Interface> => ({
    port: { master: 'br', isolated: false, hairpin: false, forwarding: true, ...more },
  });
  const vlan = (vid: number, pvid = true): Partial<Interface> => ({ vlans: [{ vid, pvid, untagged: pvid }] });
  const bridge = (vlanAware: boolean): Partial<Interface> => ({
    form: { type: 'bridge', vlanAware, callsIp: false, vlanProtocol: '802.1Q' },
  });
  const between = (
    vlanAware: boolean,
    p1: Partial<Interface>,
    p2: Partial<Interface>,
    b: Partial<Parts> = {},
  ): string => {
    const end = (n: number): Parts => ({ nics: { eth0: { addresses: [`10.0.1.${String(n)}/24`] } } });
    const host = stack('host', { nics: { br: bridge(vlanAware), p1, p2 } });
    const all = world(
      [stack('a', end(1)), stack('b', { ...end(2), ...b }), host],
      ['a.eth0 = host.p1', 'b.eth0 = host.p2'],
    );
    return reach(all, { from: 'a', source: null, to: '10.0.1.2', protocol: 'udp', port: 53 }).verdict;
  };

  it('joins its ports', () => {
    expect(between(false, port(), port())).toBe('delivered');
    expect(between(false, port(), port({ forwarding: false }))).toBe('no-route');
    expect(between(false, port(), { ...port(), up: false })).toBe('no-route');
  });
  it('keeps isolated ports apart, from each other only', () => {
    expect(between(false, port({ isolated: true }), port({ isolated: true }))).toBe('no-route');
    expect(between(false, port({ isolated: true }), port())).toBe('delivered');
  });
  it('that filters VLANs keeps those apart', () => {
    expect(between(true, { ...port(), ...vlan(5) }, { ...port(), ...vlan(5) })).toBe('delivered');
    expect(between(true, { ...port(), ...vlan(5) }, { ...port(), ...vlan(6) })).toBe('no-route');
    expect(between(true, { ...port(), ...vlan(5) }, port())).toBe('no-route');
    expect(between(true, { ...port(), ...vlan(5, false) }, { ...port(), ...vlan(5) })).toBe('no-route');
  });
  it('tags what leaves for a port that takes tags, and a VLAN device there takes it', () => {
    const tagged = {
      settings: { 'net/ipv4/conf/all/arp_ignore': '1' },
      nics: { eth0: {}, 'eth0.5': { form: { type: 'vlan', on: 'eth0', vid: 5 }, addresses: ['10.0.1.2/24'] } },
    } as const;
    expect(between(true, { ...port(), ...vlan(5) }, { ...port(), ...vlan(5, false) }, tagged)).toBe('delivered');
    expect(between(true, { ...port(), ...vlan(5) }, { ...port(), ...vlan(5) }, tagged)).toBe('no-route');
    const other = {
      settings: tagged.settings,
      nics: { ...tagged.nics, 'eth0.5': { ...tagged.nics['eth0.5'], form: { type: 'vlan', on: 'eth0', vid: 6 } } },
    } as const;
    expect(between(true, { ...port(), ...vlan(5) }, { ...port(), ...vlan(5, false) }, other)).toBe('no-route');
  });
  it('drops what its own rules drop, ARP and all', () => {
    const chain = {
      family: 'bridge',
      table: 't',
      name: 'f',
      type: 'filter',
      hook: 'forward',
      prio: 0,
      policy: 'accept',
    };
    const drops = (right: string): NetworkStack['tables'] => [
      {
        ...{ family: 'bridge', name: 't' },
        objects: [
          { table: { family: 'bridge', name: 't' } },
          { chain },
          {
            rule: {
              family: 'bridge',
              table: 't',
              chain: 'f',
              handle: 4,
              expr: [
                { match: { op: '==', left: { payload: { protocol: 'ether', field: 'type' } }, right } },
                { drop: null },
              ],
            },
          },
        ],
      },
    ];
    const asked = (right: string): Reach => {
      const end = (n: number): Parts => ({ nics: { eth0: { addresses: [`10.0.1.${String(n)}/24`] } } });
      const host = stack('host', { nics: { br: bridge(false), p1: port(), p2: port() }, tables: drops(right) });
      const all = world([stack('a', end(1)), stack('b', end(2)), host], ['a.eth0 = host.p1', 'b.eth0 = host.p2']);
      return reach(all, { from: 'a', source: null, to: '10.0.1.2', protocol: 'udp', port: 53 });
    };
    expect(asked('ip')).toMatchObject({ verdict: 'dropped', by: { type: 'rule', handle: 4, table: 't' } });
    expect(asked('arp')).toMatchObject({ verdict: 'no-route' });
    expect(asked('ip6')).toMatchObject({ verdict: 'delivered' });
  });
});

describe('a tunnel', () => {
  const host = (n: number, remotes: readonly string[], vni = 9): NetworkStack =>
    stack(`h${String(n)}`, {
      nics: {
        eth0: { addresses: [`192.0.2.${String(n)}/24`] },
        br: {
          addresses: [`10.0.1.${String(n)}/24`],
          form: { type: 'bridge', vlanAware: false, callsIp: false, vlanProtocol: '802.1Q' },
        },
        vx: {
          form: { type: 'vxlan', vni, port: 4789, local: `192.0.2.${String(n)}`, remotes },
          port: { master: 'br', isolated: false, hairpin: false, forwarding: true },
        },
      },
    });
  const asked = (far: NetworkStack, remotes = ['192.0.2.2']): string =>
    reach(world([host(1, remotes), far], ['h1.eth0 = h2.eth0']), {
      from: 'h1',
      source: null,
      to: '10.0.1.2',
      protocol: 'icmp',
      port: null,
    }).verdict;
  it('joins those that flood to each other, of one VNI', () => {
    expect(asked(host(2, ['192.0.2.1']))).toBe('delivered');
    expect(asked(host(2, ['192.0.2.1']), ['192.0.2.3'])).toBe('no-route');
    expect(asked(host(2, ['192.0.2.1'], 10))).toBe('no-route');
    expect(asked(host(2, []))).toBe('no-route');
  });
});
