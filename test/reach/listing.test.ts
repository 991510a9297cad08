/** Listings of other versions of nft, and damaged ones: what is said of them, and where. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../server/core/json.ts';
import { parseListing } from '../../server/reach/rules/parse-listing.ts';
import { rulesProblems } from '../../server/reach/rules/problems.ts';
import type { Listed } from '../../server/reach/rules/read.ts';
import { readRuleset } from '../../server/reach/rules/read.ts';
import { chance } from '../support/chance.ts';

const at = { family: 'inet', table: 't' };
const TABLE = { table: { family: 'inet', name: 't' } };
const chain = (name: string): Listed => ({ chain: { ...at, name, handle: 1 } });
const rule = (name: string, expr: readonly Json[], handle = 1): Listed => ({
  rule: { ...at, chain: name, handle, expr },
});
const matching = (left: Json, right: Json): Json => ({ match: { op: '==', left, right } });

function firstStatement(objects: readonly Listed[]) {
  return readRuleset([TABLE, chain('c'), ...objects]).tables[0]?.chains.get('c')?.rules[0]?.statements[0];
}

describe('forms of other versions', () => {
  it('one word where there used to be a list of one', () => {
    const fib: Json = { fib: { result: 'type', flags: 'daddr' } };
    expect(firstStatement([rule('c', [matching(fib, 'local')])])).toMatchObject({
      type: 'match',
      key: [{ field: 'fib daddr type' }],
    });
  });
  it('sets that are declared by an expression', () => {
    const payload = (protocol: string, field: string): Json => ({ payload: { protocol, field } });
    const type = { typeof: { concat: [payload('ip', 'saddr'), payload('tcp', 'dport')] } };
    const set: Listed = { set: { ...at, name: 's', type, elem: [{ concat: ['10.0.0.1', 22] }] } };
    const { unknown, tables } = readRuleset([TABLE, set]);
    expect(unknown).toEqual([]);
    expect(tables[0]?.sets.get('s')).toMatchObject({ unread: [], entries: [{ key: [{}, { first: 22n, last: 22n }] }] });
  });
  it.each(['xt', 'synproxy', 'queue', 'not-known-yet'])(
    'a statement %s that it cannot read may do anything',
    (word) => {
      expect(firstStatement([rule('c', [{ [word]: null }])])).toMatchObject({ type: 'unknown' });
    },
  );
  it('an object that it does not know makes every answer unknown', () => {
    expect(readRuleset([TABLE, { wonder: { family: 'inet', name: 'x' } }]).unknown).toHaveLength(1);
  });
  it('counters of rules and of elements are kept', () => {
    const counter = { packets: 3, bytes: 120 };
    const set: Listed = { set: { ...at, name: 's', type: 'inet_service', elem: [{ elem: { val: 22, counter } }] } };
    const { tables } = readRuleset([TABLE, chain('c'), set, rule('c', [{ counter }, { accept: null }])]);
    expect(tables[0]?.sets.get('s')?.entries[0]?.hits).toEqual(counter);
    expect(tables[0]?.chains.get('c')?.rules[0]?.hits).toEqual(counter);
  });
  it('protocols by the names of /etc/protocols', () => {
    const on = (name: string) => firstStatement([rule('c', [matching({ meta: { key: 'l4proto' } }, name)])]);
    expect(on('ipip')).toMatchObject({ among: { members: { entries: [{ key: [{ first: 94n }] }] } } });
    expect(on('ipencap')).toMatchObject({ among: { members: { entries: [{ key: [{ first: 4n }] }] } } });
  });
});

describe('a listing that is damaged', () => {
  const whole = JSON.stringify({ nftables: [{ metainfo: {} }, TABLE, chain('c'), rule('c', [{ accept: null }])] });

  it.each([
    ['empty', '', 'nothing was printed', 'n.json'],
    ['cut short', whole.slice(0, -9), 'cut short', `n.json line 1 column ${String(whole.length - 8)}`],
    ['garbled', whole.replace('"table"', '"table'), 'garbled', 'n.json line 1 column'],
    ['something else', '[1, 2]', 'not what nft -j lists', 'n.json'],
    ['with a member that is none', '{"nftables": [{"metainfo": {}}, 7]}', 'not an object', 'n.json object 2'],
  ])('is told with its place: %s', (_, text, why, place) => {
    const [first] = parseListing(text, 'n.json').unknown;
    expect(first?.why).toContain(why);
    expect(first?.place).toContain(place);
  });
  it('never brings the reader down', () => {
    const from = chance(7);
    for (let tries = 0; tries < 2000; tries += 1) {
      const place = from.upTo(whole.length);
      const letter = from.pick(['"', '{', '}', '[', ',', '7', 'x', 'null', '\u0000', '']);
      const text = whole.slice(0, place) + letter + whole.slice(place + from.upTo(6));
      const { objects, unknown } = parseListing(text, 'n.json');
      const ruleset = readRuleset(objects);
      if (text !== whole && objects.length === 0) expect(unknown.length).toBeGreaterThan(0);
      expect(() => rulesProblems(ruleset)).not.toThrow();
    }
  });
});

describe('what is wrong with rules', () => {
  const jump = (target: string): Json => ({ jump: { target } });
  const problems = (...objects: readonly Listed[]) => rulesProblems(readRuleset([TABLE, ...objects]));

  it('chains that call each other in circles', () => {
    const [only, ...others] = problems(
      ...[chain('a'), chain('b'), chain('c')],
      ...[rule('a', [jump('b')], 5), rule('b', [jump('c')], 6), rule('c', [jump('a')], 7)],
    );
    expect(others).toEqual([]);
    expect(only).toEqual({
      place: 'table inet t chain c rule 7',
      what: 'chains call each other in a circle: a, b, c, a',
    });
  });
  it('chains and sets that are not there', () => {
    const asks = matching({ payload: { protocol: 'tcp', field: 'dport' } }, '@gone');
    expect(problems(chain('a'), rule('a', [jump('nowhere')], 5), rule('a', [asks, { drop: null }], 6))).toEqual([
      { place: 'table inet t chain a rule 5', what: 'it goes to chain nowhere, which the table does not have' },
      { place: 'table inet t chain a rule 6', what: 'it asks set gone, which the table does not have' },
    ]);
  });
  it('nothing, where all is well, ten thousand chains deep', () => {
    const names = Array.from({ length: 10_000 }, (_, number) => `c${String(number)}`);
    const rules = names.slice(1).map((name, index) => rule(`c${String(index)}`, [jump(name)]));
    expect(problems(...names.map(chain), ...rules)).toEqual([]);
  });
});
