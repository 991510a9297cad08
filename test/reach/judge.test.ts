/** What is said of packets where the kernel need not be asked: rules that are not understood, and listings that are damaged. */
import { describe, expect, it } from 'vitest';
import { mustParseAddress } from '../../server/core/address.ts';
import type { Json } from '../../server/core/json.ts';
import { packetOf } from '../../server/reach/judge/packet.ts';
import type { Stack } from '../../server/reach/judge/stack.ts';
import { judge } from '../../server/reach/judge/walk.ts';
import type { Judgement } from '../../server/reach/judge/walk.ts';
import { readRuleset } from '../../server/reach/rules/read.ts';

const STACK: Stack = { route: () => ({ type: 'out', device: 'b0' }), address: () => null };

const at = { family: 'inet', table: 't' };
const chain = (name: string, base: Record<string, Json> = {}): Record<string, Json> => ({
  chain: { ...at, name, ...base },
});
const FORWARD = chain('f', { type: 'filter', hook: 'forward', prio: 0, policy: 'accept' });
const rule = (expr: readonly Json[], handle = 1, name = 'f'): Record<string, Json> => ({
  rule: { ...at, chain: name, handle, expr },
});
const TABLE = { table: { family: 'inet', name: 't' } };
const notPort22: Json = {
  match: { op: '!=', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 22 },
};
const drop: Json = { drop: null };

function said(objects: readonly Record<string, Json>[], protocol = 6n): Judgement {
  const address = (text: string): bigint => mustParseAddress(text).value;
  const tuple = {
    ...{ family: 4 as const, protocol, source: address('10.0.0.1'), destination: address('10.0.0.2') },
    ...{ sourcePort: 4000n, destinationPort: 80n },
  };
  return judge(readRuleset([TABLE, ...objects]), STACK, packetOf({ tuple, device: 'a0' }), { state: 'new' });
}

describe('a negated match', () => {
  it('holds for what is there and differs, and for nothing that is not there', () => {
    expect(said([FORWARD, rule([notPort22, drop])])).toMatchObject({ verdict: 'dropped', by: { handle: 1 } });
    expect(said([FORWARD, rule([notPort22, drop])], 17n).verdict).toBe('forwarded');
  });
});

describe('what is not understood', () => {
  const strange: Json = { match: { op: '==', left: { osf: { key: 'name' } }, right: 'Linux' } };

  it('makes the answer unknown where it decides, with the rule', () => {
    const judgement = said([FORWARD, rule([strange, drop], 7)]);
    expect(judgement).toMatchObject({ verdict: 'unknown', doubts: [{ handle: 7, chain: 'f' }] });
  });
  it('makes no difference where all ways end alike', () => {
    expect(said([FORWARD, rule([strange, drop], 7), rule([drop], 8)])).toMatchObject({ verdict: 'dropped', by: null });
    expect(said([FORWARD, rule([strange, { counter: null }], 7)]).verdict).toBe('forwarded');
  });
  it.each<readonly [string, readonly Record<string, Json>[]]>([
    ['a statement that nobody knows', [FORWARD, rule([{ teleport: { to: 'b0' } }])]],
    ['a chain that is not there', [FORWARD, rule([{ jump: { target: 'nowhere' } }])]],
    [
      'chains that call each other',
      [FORWARD, chain('g'), rule([{ jump: { target: 'g' } }]), rule([{ jump: { target: 'g' } }], 2, 'g')],
    ],
    [
      'chains that go round',
      [FORWARD, chain('g'), rule([{ goto: { target: 'g' } }]), rule([{ goto: { target: 'g' } }], 2, 'g')],
    ],
    [
      'a set that is not there',
      [
        FORWARD,
        rule([{ match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '@no' } }, drop]),
      ],
    ],
    ['a rule of no chain', [FORWARD, rule([drop], 3, 'nowhere')]],
    ['an object of a later version', [FORWARD, { hyperchain: { ...at, name: 'h' } }]],
    ['an extension without its parameters', [FORWARD, rule([{ xt: { type: 'match', name: 'recent' } }, drop])]],
  ])('%s gives no verdict', (_what, objects) => {
    expect(said(objects).verdict).toBe('unknown');
  });
});

describe('chains', () => {
  it('are left by accept alone, so that a later one can still drop', () => {
    const later = chain('late', { type: 'filter', hook: 'forward', prio: 10, policy: 'drop' });
    expect(said([later, FORWARD, rule([{ accept: null }])])).toMatchObject({
      verdict: 'dropped',
      by: { chain: 'late', text: 'policy drop' },
    });
  });
  it('come back from jump and not from goto', () => {
    const called = [FORWARD, chain('g'), rule([{ return: null }], 9, 'g')];
    expect(said([...called, rule([{ jump: { target: 'g' } }]), rule([drop], 2)]).verdict).toBe('dropped');
    expect(said([...called, rule([{ goto: { target: 'g' } }]), rule([drop], 2)]).verdict).toBe('forwarded');
  });
});
