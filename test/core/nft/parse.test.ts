import { describe, expect, it } from 'vitest';
import type { Json } from '../../../server/core/json.ts';
import { parseTable } from '../../../server/core/nft/parse.ts';

const AT = { family: 'inet', table: 'shop-filter', handle: 7 };
const CHAIN = { chain: { ...AT, name: 'filter-input', type: 'filter', hook: 'input', prio: 0, policy: 'drop' } };

function ruleOf(...expr: readonly Json[]): Record<string, Json> {
  return { rule: { ...AT, chain: 'filter-input', comment: 'x', expr } };
}

/** As nft 1.0.6 lists them. */
const FOREIGN: Readonly<Record<string, Record<string, Json>>> = {
  'a match that we never make': ruleOf(
    { match: { op: '==', left: { meta: { key: 'skuid' } }, right: 0 } },
    { accept: null },
  ),
  'a priority': ruleOf({ mangle: { key: { meta: { key: 'priority' } }, value: 1 } }),
  masquerade: ruleOf({ masquerade: null }),
  'a queue': ruleOf({ queue: { num: 0 } }),
  'a named counter': ruleOf({ counter: 'packets-seen' }),
  'a wildcard interface': ruleOf({ match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'veth*' } }),
  'a bit mask': ruleOf({
    match: {
      op: '==',
      left: { '&': [{ payload: { protocol: 'ip', field: 'saddr' } }, '0.0.0.255'] },
      right: '0.0.0.1',
    },
  }),
  'a limit over': ruleOf({ limit: { rate: 10, burst: 5, per: 'second', inv: true } }),
  'a log with a level': ruleOf({ log: { prefix: 'x', level: 'debug' } }),
  'an iptables extension': ruleOf({ xt: { type: 'match', name: 'recent' } }),
};

describe('what is outside the subset', () => {
  it.each(Object.keys(FOREIGN))('%s is an unknown rule of its chain', (name) => {
    const { table, unknown } = parseTable([CHAIN, FOREIGN[name] ?? {}]);
    expect(unknown).toEqual([
      { object: 'rule', chain: 'filter-input', text: expect.stringContaining('"handle":7') as string },
    ]);
    expect(table.chains['filter-input']?.rules).toEqual([]);
  });

  it.each([
    ['flowtable', { flowtable: { ...AT, name: 'ft', hook: 'ingress', prio: 0, dev: 'eth0' } }],
    [
      'set',
      {
        set: {
          ...AT,
          name: 'bans-4',
          type: 'ipv4_addr',
          flags: ['timeout'],
          elem: [{ elem: { val: '10.0.0.1', timeout: 60, expires: 5 } }],
        },
      },
    ],
    ['map', { map: { ...AT, name: 'ids-4', type: 'ipv4_addr', map: 'ct_id', elem: [['10.0.0.1', 5]] } }],
    [
      'chain',
      { chain: { ...AT, name: 'filter-in', type: 'filter', hook: 'ingress', prio: 0, policy: 'accept', dev: 'eth0' } },
    ],
    ['ct helper', { 'ct helper': { ...AT, name: 'ftp', type: 'ftp', protocol: 'tcp', l3proto: 'ip' } }],
  ] as const)('a %s of somebody else stands beside ours', (object, listed) => {
    const { unknown } = parseTable([CHAIN, listed]);
    expect(unknown.map((each) => [each.object, each.chain])).toEqual([[object, null]]);
  });

  it('a value of another field is not taken for ours', () => {
    for (const [left, right] of [
      [{ payload: { protocol: 'ip', field: 'saddr' } }, '2001:db8::1'],
      [{ payload: { protocol: 'ip6', field: 'saddr' } }, '10.0.0.1'],
      [{ payload: { protocol: 'tcp', field: 'dport' } }, 65536],
      [{ payload: { protocol: 'tcp', field: 'dport' } }, { range: [20, 10] }],
      [{ payload: { protocol: 'ip', field: 'saddr' } }, { prefix: { addr: '10.0.0.0', len: 33 } }],
      [{ meta: { key: 'l4proto' } }, 'sctp'],
    ] as const) {
      const { unknown } = parseTable([CHAIN, ruleOf({ match: { op: '==', left, right } }, { drop: null })]);
      expect(unknown, JSON.stringify([left, right])).toHaveLength(1);
    }
  });
});

describe('two listings of the same', () => {
  it('are equal, however the kernel cuts, sorts and names the values', () => {
    const rule = (right: Json, protocol: Json): Record<string, Json> =>
      ruleOf(
        { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right } },
        { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: protocol } },
        { counter: { packets: 5, bytes: 700 } },
        { accept: null },
      );
    const prefix = (addr: string, len: number): Json => ({ prefix: { addr, len } });
    const one = parseTable([
      CHAIN,
      rule({ set: [{ range: ['10.1.1.0', '10.1.2.255'] }, '10.0.0.9'] }, { set: [1, 58] }),
    ]);
    const other = parseTable([
      CHAIN,
      rule({ set: ['10.0.0.9', prefix('10.1.2.0', 24), prefix('10.1.1.0', 24)] }, { set: ['ipv6-icmp', 'icmp'] }),
    ]);
    expect(one).toEqual(other);
    expect(one.unknown).toEqual([]);
  });
});
