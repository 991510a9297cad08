/** Which changes cut the way by which a host is reached: what the rows with real hosts cannot try on every kernel. */
import { describe, expect, test } from 'vitest';
import type { HostView, LinkView, PathView, RouteView, RuleView } from '../../server/flow/hostview.ts';
import type { Step } from '../../server/flow/plan.ts';
import type { Resource } from '../../server/flow/resource.ts';
import type { Touch } from '../../server/flow/touch.ts';
import { cutsOfOwnPath } from '../../server/plan/own-path.ts';
import type { Kind } from '../../server/kinds/kind.ts';
import { addressOn, link, view } from '../kinds/support/view.ts';

const PATH: PathView = { client: '10.9.0.200', server: '10.9.0.1', port: 22, device: 'lan', via: null, mac: null };

const rules = (family: 4 | 6, more: readonly RuleView[] = []): readonly RuleView[] => [
  ...more,
  ...[0, 32_766].map((priority) => rule(family, priority, priority === 0 ? 'local' : 'main')),
];

function rule(family: 4 | 6, priority: number, table: string, more: Partial<RuleView> = {}): RuleView {
  return { family, priority, from: null, mark: null, table, suppressed: null, protocol: 'kernel', other: [], ...more };
}

function route(to: string, device: string, more: Partial<RouteView> = {}): RouteView {
  const family = to.includes(':') ? 6 : 4;
  return { family, table: 'main', type: 'unicast', to, via: null, device, metric: null, protocol: 'kernel', ...more };
}

interface World {
  readonly links: readonly LinkView[];
  readonly routes?: readonly RouteView[];
  readonly rules?: readonly RuleView[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly path?: Partial<PathView>;
}

function hostOf({
  links,
  routes = [route('10.9.0.0/24', 'lan')],
  rules: own,
  sysctls = {},
  path = {},
}: World): HostView {
  const host = { routes, rules: own ?? [...rules(4), ...rules(6)], sysctls: new Map(Object.entries(sysctls)) };
  return { ...view(links, { host }), path: { ...PATH, ...path } };
}

/** What is said of steps that each touch the given things; nothing where the way stays. */
function cutsBy(world: World, ...touches: readonly Touch[]): string {
  const resource: Resource = { kind: 'test', id: 'test:x', scope: '' };
  const steps = touches.map((_, index) => step(index, resource));
  const kind = { ...KIND, touches: () => [] };
  const kinds = touches.map((touch, index): Kind => ({
    ...kind,
    name: `test${String(index)}`,
    touches: () => [touch],
  }));
  return cutsOfOwnPath(steps, hostOf(world), kinds)
    .map(({ step: id, reason }) => `${id}: ${reason}`)
    .join('\n');
}

const KIND = {
  name: 'test',
  desire: () => [],
  observe: () => [],
  refers: () => [],
  commands: () => [],
  describe: () => 'a test',
} as unknown as Kind;

function step(index: number, state: Resource): Step {
  return {
    ...{
      id: `gw-x/${String(index + 1)}`,
      action: 'change',
      first: true,
      effect: 'builds',
      kind: `test${String(index)}`,
    },
    ...{ resource: state.id, title: 'a test', before: state, after: state, reason: '', cost: 'hitless', fields: [] },
    ...{ commands: [], undo: [], dependsOn: [] },
  };
}

const port = (index: number, name: string, master: number | null, more: Partial<LinkView> = {}): LinkView =>
  link(index, name, { master, ...more });
const tagged = (vid: number): LinkView['vlans'][number] => ({ vid, pvid: false, untagged: false });
const untagged = (vid: number): LinkView['vlans'][number] => ({ vid, pvid: true, untagged: true });

/** `lan` is VLAN 20 on a bridge that filters, which leaves by eno1; a guest is beside it. */
const TRUNK: World = {
  links: [
    port(1, 'eno1', 2, { vlans: [untagged(10), tagged(20)] }),
    link(2, 'br0', { type: 'bridge', data: { vlan_filtering: 1 }, vlans: [tagged(20), tagged(30)] }),
    link(3, 'lan', { type: 'vlan', link: 2, data: { id: 20 }, addresses: [addressOn('10.9.0.1/24')] }),
    port(4, 'tap0', 2, { type: 'veth', alias: 'trunkline:1:shop:veth:tap0', vlans: [untagged(20)] }),
  ],
};

describe('VLANs on the way', () => {
  test.each<[string, Touch, string]>([
    ['its VLAN leaves the wire', { on: 'vlan', device: 'eno1', vid: 20, member: false }, 'eno1.20'],
    ['its VLAN leaves the bridge', { on: 'vlan', device: 'br0', vid: 20, member: false }, 'eno1.20'],
    ['it is untagged from now on', { on: 'link', device: 'eno1', link: { vlans: [untagged(20)] } }, 'eno1.20'],
    ['the wire leaves the bridge', { on: 'link', device: 'eno1', link: { master: null } }, 'eno1.20'],
    ['the bridge goes', { on: 'link', device: 'br0', link: null }, 'lan would be gone'],
    ['the bridge filters no more', { on: 'link', device: 'br0', link: { filtering: false } }, ''],
    ['another VLAN leaves the wire', { on: 'vlan', device: 'eno1', vid: 10, member: false }, ''],
    ['another VLAN leaves the bridge', { on: 'vlan', device: 'br0', vid: 30, member: false }, ''],
    ['a guest leaves', { on: 'link', device: 'tap0', link: null }, ''],
    ['a guest changes its network', { on: 'link', device: 'tap0', link: { vlans: [untagged(30)] } }, ''],
  ])('%s', (_what, touch, said) => {
    if (said === '') expect(cutsBy(TRUNK, touch)).toBe('');
    else expect(cutsBy(TRUNK, touch)).toContain(said);
  });

  test('whoever comes by a guest’s port needs that, and not the wire', () => {
    const mac = '02:00:00:00:00:99';
    const seen = { mac, destination: null, flags: [] };
    const links = TRUNK.links.map((each) => (each.name === 'tap0' ? { ...each, fdb: [seen] } : each));
    const world: World = { links, path: { mac } };
    expect(cutsBy(world, { on: 'link', device: 'eno1', link: { master: null } })).toBe('');
    expect(cutsBy(world, { on: 'link', device: 'tap0', link: null })).toContain('would not be reached by tap0');
  });
});

describe('a bond on the way', () => {
  const BONDED: World = {
    links: [
      port(1, 'eno1', 3),
      port(2, 'eno2', 3),
      link(3, 'lan', { type: 'bond', addresses: [addressOn('10.9.0.1/24')] }),
    ],
  };
  const leaves = (device: string): Touch => ({ on: 'link', device, link: { master: null } });

  test('stays with one of its ports, and not with none', () => {
    expect(cutsBy(BONDED, leaves('eno1'))).toBe('');
    expect(cutsBy(BONDED, leaves('eno1'), leaves('eno2'))).toBe('gw-x/2: lan would not be reached by lan');
    const [first, ...others] = BONDED.links;
    const dead = { links: [{ ...(first ?? port(1, 'eno1', 3)), carrier: false }, ...others] };
    expect(cutsBy(dead, leaves('eno2'))).toContain('would not be reached');
  });

  test('that is made anew in the same run stands in the end', () => {
    const gone: Touch = { on: 'link', device: 'lan', link: null };
    const made: Touch = { on: 'link', device: 'lan', link: { type: 'bond', up: true } };
    const joins: Touch = { on: 'link', device: 'eno1', link: { master: 'lan' } };
    const address: Touch = { on: 'address', device: 'lan', address: '10.9.0.1/24', present: true };
    expect(cutsBy(BONDED, gone, made, joins, address)).toBe('');
    expect(cutsBy(BONDED, gone, made, joins)).toMatch(/^gw-x\/1: the address 10\.9\.0\.1 would be gone/);
  });
});

describe('addresses and routes on the way', () => {
  const WIRED: World = { links: [link(1, 'lan', { addresses: [addressOn('10.9.0.1/24')] }), link(2, 'other')] };
  const ROUTED: World = {
    ...WIRED,
    routes: [route('10.9.0.0/24', 'lan'), route('0.0.0.0/0', 'lan', { via: '10.9.0.254' })],
    path: { client: '203.0.113.7', via: '10.9.0.254' },
  };

  test('it becomes a port of something', () => {
    const touch: Touch = { on: 'link', device: 'lan', link: { master: 'br0' } };
    expect(cutsBy(WIRED, touch)).toBe('gw-x/1: lan would be a port of br0, and hear nothing itself');
  });

  test('the first address of a subnet takes the others along, unless they may take its place', () => {
    const links = [link(1, 'lan', { addresses: [addressOn('10.9.0.9/24'), addressOn('10.9.0.1/24')] })];
    const touch: Touch = { on: 'address', device: 'lan', address: '10.9.0.9/24', present: false };
    expect(cutsBy({ links }, touch)).toContain('the address 10.9.0.1 would be gone');
    expect(cutsBy({ links, sysctls: { 'net/ipv4/conf/lan/promote_secondaries': '1' } }, touch)).toBe('');
  });

  test('a rule sends what comes from the address elsewhere; what is near goes on by the main table', () => {
    const line = { on: 'rule', family: 4, from: '10.9.0.1', present: true } as const;
    const near: Touch = { ...line, priority: 100, table: 254, suppressed: 0 };
    const away: Touch = { ...line, priority: 101, table: 1000, suppressed: null };
    const out: Touch = { on: 'route', to: '0.0.0.0/0', via: '10.8.0.1', device: 'other', table: 1000, present: true };
    expect(cutsBy(ROUTED, out, near, away)).toBe('gw-x/3: the way back to 203.0.113.7 would be by other and 10.8.0.1');
    expect(cutsBy(WIRED, out, near, away)).toBe('');
    expect(cutsBy(ROUTED, out, near, { ...away, from: '10.9.0.8' })).toBe('');
  });

  test('a source that comes by another interface than the way back is refused where that is checked', () => {
    const world: World = {
      ...ROUTED,
      routes: [route('10.9.0.0/24', 'lan'), route('0.0.0.0/0', 'other', { via: '10.8.0.1' })],
      path: { client: '203.0.113.7', device: 'other', via: '10.8.0.1' },
    };
    const set = (value: string): Touch => ({ on: 'setting', path: 'net/ipv4/conf/lan/rp_filter', value });
    expect(cutsBy(world, set('1'))).toContain('lan would refuse packets from 203.0.113.7');
    expect(cutsBy(world, set('2'))).toBe('');
    expect(cutsBy({ ...world, sysctls: { 'net/ipv4/conf/all/rp_filter': '2' } }, set('1'))).toBe('');
    expect(cutsBy(ROUTED, set('1'))).toBe('');
  });

  test('with its last address an interface loses its routes', () => {
    const touch: Touch = { on: 'address', device: 'lan', address: '10.9.0.1/24', present: false };
    expect(cutsBy(ROUTED, touch)).toContain('no route would lead back');
  });
});

describe('IPv6 on the way', () => {
  const SIX: World = {
    links: [link(1, 'lan', { addresses: [addressOn('2001:db8::1/64')] })],
    routes: [
      route('2001:db8::/64', 'lan', { metric: 256 }),
      route('::/0', 'lan', { via: 'fe80::1', protocol: 'ra', metric: 1024 }),
    ],
    path: { client: '2001:db8:9::7', server: '2001:db8::1', via: 'fe80::1' },
  };
  const set = (path: string, value: string): Touch => ({ on: 'setting', path: `net/ipv6/conf/${path}`, value });

  test('is switched off, or gets less than it needs', () => {
    expect(cutsBy(SIX, set('lan/disable_ipv6', '1'))).toContain('the address 2001:db8::1 would be gone');
    expect(cutsBy(SIX, { on: 'link', device: 'lan', link: { mtu: 1279 } })).toContain('would be gone');
    expect(cutsBy(SIX, { on: 'link', device: 'lan', link: { mtu: 1280 } })).toBe('');
  });

  test('a link-local address is meant on one link, whatever others have', () => {
    const local: World = {
      links: [
        link(1, 'lan', { addresses: [addressOn('fe80::2/64')] }),
        link(2, 'other', { addresses: [addressOn('fe80::1/64')] }),
      ],
      routes: [route('fe80::/64', 'other', { metric: 256 }), route('fe80::/64', 'lan', { metric: 256 })],
      path: { client: 'fe80::1', server: 'fe80::2' },
    };
    expect(cutsBy(local, { on: 'link', device: 'other', link: { up: false } })).toBe('');
    expect(cutsBy(local, { on: 'link', device: 'lan', link: { up: false } })).not.toBe('');
  });

  test('a router forgets what it has heard from others, unless it listens all the same', () => {
    expect(cutsBy(SIX, set('all/forwarding', '1'))).toContain('no route would lead back to 2001:db8:9::7');
    expect(cutsBy({ ...SIX, sysctls: { 'net/ipv6/conf/lan/accept_ra': '2' } }, set('all/forwarding', '1'))).toBe('');
  });

  test('a link that goes down loses its addresses, and those of a link that comes back are gone', () => {
    const [down, up]: Touch[] = [false, true].map((each) => ({ on: 'link', device: 'lan', link: { up: each } }));
    if (down === undefined || up === undefined) throw new Error('no touches');
    expect(cutsBy(SIX, down, up)).toContain('the address 2001:db8::1 would be gone');
  });
});

describe('what is not known', () => {
  const WIRED: World = { links: [link(1, 'lan', { addresses: [addressOn('10.9.0.1/24')] }), link(2, 'other')] };
  const resource: Resource = { kind: 'test', id: 'test:x', scope: '' };
  const silent = (slot: string): Kind => ({ ...KIND, name: 'test0', slots: () => [slot] });

  test('a kind that says nothing is believed to cut what it names', () => {
    const cuts = (slot: string): number => cutsOfOwnPath([step(0, resource)], hostOf(WIRED), [silent(slot)]).length;
    expect(cuts('link:/lan')).toBe(1);
    expect(cuts('link:/other')).toBe(0);
  });

  test('where the picture does not explain the way as it is, whatever touches it counts', () => {
    const marked: World = { ...WIRED, path: { device: 'other' } };
    expect(cutsBy(marked, { on: 'link', device: 'lan', link: { mtu: 1400 } })).toContain('not understood whole');
    expect(cutsBy(marked, { on: 'link', device: 'tap7', link: { mtu: 1400 } })).toBe('');
  });

  test('a host that is reached by no address of its own stack, or from itself, is not judged', () => {
    const gone: Touch = { on: 'link', device: 'lan', link: null };
    expect(cutsBy({ ...WIRED, path: { server: '192.0.2.1' } }, gone)).toBe('');
    expect(cutsBy({ ...WIRED, path: { client: '10.9.0.1', device: 'lo' } }, gone)).toBe('');
  });
});
