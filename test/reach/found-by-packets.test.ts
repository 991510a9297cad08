/** What packets against the kernel have found (`scripts/truth`), each as small as it gets. */
import { describe, expect, it } from 'vitest';
import { mustParseAddress } from '../../server/core/address.ts';
import type { Json } from '../../server/core/json.ts';
import type { NetworkStack, World } from '../../server/flow/world.ts';
import { packetOf } from '../../server/reach/judge/packet.ts';
import type { Packet } from '../../server/reach/judge/packet.ts';
import type { Stack } from '../../server/reach/judge/stack.ts';
import { judge } from '../../server/reach/judge/walk.ts';
import { readDump } from '../../server/reach/rules/iptables/dump.ts';
import { readRuleset } from '../../server/reach/rules/read.ts';
import type { Ruleset } from '../../server/reach/rules/ruleset.ts';
import { frameFate } from '../../server/reach/walk/frames.ts';

type Listed = Readonly<Record<string, Json>>;

const address = (text: string): bigint => mustParseAddress(text).value;

function packet(family: 4 | 6, known: Packet = new Map()): Packet {
  const [source, destination] = (family === 4 ? ['10.0.0.1', '10.0.0.2'] : ['fd00::1', 'fd00::2']).map(address);
  if (source === undefined || destination === undefined) throw new RangeError('no addresses');
  const tuple = { family, protocol: 6n, source, destination, sourcePort: 4000n, destinationPort: 80n };
  return packetOf({ tuple, device: 'a0', known });
}

const ROUTER: Stack = {
  route: () => ({ type: 'out', device: 'b0' }),
  address: () => null,
  fib: (field) => (field === 'fib daddr type' ? 2n : undefined),
};

const said = (ruleset: Ruleset, family: 4 | 6 = 4) => judge(ruleset, ROUTER, packet(family), { state: 'new' });

function tableOf(family: string, base: Listed, ...rules: readonly (readonly Json[])[]): readonly Listed[] {
  const at = { family, table: 't' };
  return [
    { table: { family, name: 't' } },
    { chain: { ...at, name: 'c', type: 'filter', prio: 0, policy: 'accept', ...base } },
    ...rules.map((expr, index) => ({ rule: { ...at, chain: 'c', handle: index + 1, expr } })),
  ];
}

const drop: Json = { drop: null };
const is = (left: Json, right: Json): Json => ({ match: { op: '==', left, right } });
const payload = (protocol: string, field: string): Json => ({ payload: { protocol, field } });

describe('chains of interfaces', () => {
  it.each([
    ['netdev', 'ingress', 'a0', 'dropped'],
    ['netdev', 'ingress', 'b0', 'forwarded'],
    ['netdev', 'ingress', 'a*', 'dropped'],
    ['netdev', 'egress', 'b0', 'dropped'],
    ['netdev', 'egress', 'a0', 'forwarded'],
    ['inet', 'ingress', 'a0', 'dropped'],
  ])('%s on %s of %s: %s', (family, hook, dev, verdict) => {
    expect(said(readRuleset(tableOf(family, { hook, dev }, [drop]))).verdict).toBe(verdict);
  });
  it('may be of any, where nobody says of which', () => {
    expect(said(readRuleset(tableOf('netdev', { hook: 'ingress' }, [drop])))).toMatchObject({
      verdict: 'unknown',
      doubts: [{ handle: 1 }],
    });
    expect(said(readRuleset(tableOf('netdev', { hook: 'ingress' }))).verdict).toBe('forwarded');
  });
  it('drop what is dropped on every way, wherever that is', () => {
    const both = [...tableOf('netdev', { hook: 'ingress' }, [drop]), ...tableOf('inet', { hook: 'forward' }, [drop])];
    expect(said(readRuleset(both)).verdict).toBe('dropped');
  });
});

describe('notrack', () => {
  const state = (word: string): Json => is({ ct: { key: 'state' } }, word);
  it('holds at once', () => {
    const rules = tableOf('inet', { hook: 'prerouting', prio: -300 }, [{ notrack: null }], [state('untracked'), drop]);
    expect(said(readRuleset(rules)).verdict).toBe('dropped');
  });
  it('does nothing to what conntrack has seen', () => {
    const rules = tableOf('inet', { hook: 'prerouting', prio: 0 }, [{ notrack: null }], [state('new'), drop]);
    expect(said(readRuleset(rules)).verdict).toBe('dropped');
  });
});

describe('-m addrtype', () => {
  const six = (words: string, family: 4 | 6 = 6): Ruleset => {
    const text = `*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m addrtype ${words} -j DROP\nCOMMIT\n`;
    return { tables: readDump({ file: 'x', family, text }).tables, unknown: [] };
  };
  it.each([
    ['--dst-type UNICAST', 'dropped'],
    ['--dst-type LOCAL,UNICAST', 'dropped'],
    ['--dst-type LOCAL,MULTICAST', 'forwarded'],
    ['! --dst-type MULTICAST', 'dropped'],
    ['! --dst-type UNICAST', 'forwarded'],
  ])('of IPv6 %s of an own address: %s', (words, verdict) => {
    expect(said(six(words), 6).verdict).toBe(verdict);
  });
  it('of IPv4 an own address is no UNICAST', () => {
    expect(said(six('--dst-type UNICAST', 4)).verdict).toBe('forwarded');
  });
});

describe('frames on a bridge', () => {
  const fate = (objects: readonly Listed[], vid: number | null) => {
    const plain = { up: true, mac: null, mtu: null, addresses: [], vlans: [], port: null };
    const form = { type: 'bridge', vlanAware: false, callsIp: false, vlanProtocol: '802.1Q' } as const;
    const stack: NetworkStack = {
      ...{ id: 's', node: 's', sort: 'host', host: 's', routes: [], rules: [], settings: new Map() },
      ...{ iptables: new Map(), listens: null, unread: [], tables: [{ family: 'bridge', name: 't', objects }] },
      interfaces: new Map([['br0', { ...plain, name: 'br0', form }]]),
    };
    const world: World = { stacks: new Map([['s', stack]]), wires: [], nodes: new Map() };
    return frameFate(world, [{ stack: 's', bridge: 'br0', from: 'a0', to: 'b0', vid }], {
      ...{ packet: packet(4), fromMac: '02:00:00:00:00:01', toMac: '02:00:00:00:00:02' },
      connectionOn: () => ({ state: 'new' }),
    }).type;
  };
  const mark: Json = { mangle: { key: { meta: { key: 'mark' } }, value: 3 } };
  const fromOne: Json = is(payload('ether', 'saddr'), '02:00:00:00:00:01');
  const toTwo: Json = is(payload('ip', 'daddr'), '10.0.0.2');

  it('keep the mark that a chain gives them for the next one', () => {
    const first = tableOf('bridge', { hook: 'prerouting' }, [mark]);
    const next = tableOf('bridge', { hook: 'forward' }, [is({ meta: { key: 'mark' } }, 3), drop]);
    const named = JSON.parse(JSON.stringify(next).replaceAll('"t"', '"u"')) as readonly Listed[];
    expect(fate([...first, ...named], null)).toBe('dropped');
  });
  it.each([
    ['ip', null, 'dropped'],
    ['ip', 5, 'passes'],
    ['vlan', 5, 'dropped'],
    ['vlan', null, 'passes'],
  ])('have the type %s, with the tag %s: %s', (type, vid, wanted) => {
    const rules = tableOf('bridge', { hook: 'forward' }, [is(payload('ether', 'type'), type), drop]);
    expect(fate(rules, vid)).toBe(wanted);
  });
  it.each([
    ['netdev', 'a rule that looks at Ethernet first', [fromOne, toTwo, drop], 'passes'],
    ['netdev', 'one that looks at IP first', [toTwo, fromOne, drop], 'dropped'],
    ['bridge', 'a rule that looks at Ethernet first', [fromOne, toTwo, drop], 'dropped'],
  ])('with a tag, in %s: %s', (family, _, expr, wanted) => {
    const base = family === 'netdev' ? { hook: 'ingress', dev: 'a0' } : { hook: 'forward' };
    expect(fate(tableOf(family, base, expr), 5)).toBe(wanted);
  });
});
