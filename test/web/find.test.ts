import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findIndex, findNodes, parseQuery } from '../../web/map/find.ts';
import { shownGraph } from '../../web/map/filter.ts';
import { graphOf } from './sites.ts';

const graph = graphOf(readFileSync(new URL('../../topologies/app-vlans/app-vlans.yaml', import.meta.url), 'utf8'));
const index = findIndex(graph);
const find = (text: string): readonly string[] => [...(findNodes(index, parseQuery(text)) ?? [])].sort();

test.each([
  ['db1', ['guest:db1']],
  ['10.1.3.10', ['guest:db1']],
  ['kind:guest', ['guest:crm1', 'guest:db1', 'guest:shop1', 'guest:shop2']],
  ['kind:guest,gateway -name:shop*', ['gateway:vgw-1', 'guest:crm1', 'guest:db1']],
  ['kind:guests host:gw-x', ['guest:shop1']],
  ['vlan:101 kind:guest', ['guest:shop1', 'guest:shop2']],
  ['vlan:102-103 kind:network', ['network:crm', 'network:db']],
  ['network:shop,db kind:guest', ['guest:db1', 'guest:shop1', 'guest:shop2']],
  ['name:shop* kind:guest', ['guest:shop1', 'guest:shop2']],
  ['name:*1 kind:guest', ['guest:crm1', 'guest:db1', 'guest:shop1']],
  ['-kind:guest,network,port,bridge,host,fabric,internet', ['gateway:vgw-1']],
  ['address:10.0.20. kind:host', ['host:gw-x', 'host:gw-y']],
  ['nothing-is-called-so', []],
])('%s', (text, expected) => {
  expect(find(text)).toEqual(expected);
});

test('nothing asked is nothing looked for', () => {
  for (const text of ['', '   ', 'kind:', '-', '""']) expect(findNodes(index, parseQuery(text))).toBe(null);
});

test('a word that there is not is told of, an address with colons is none', () => {
  expect(parseQuery('colour:red').problems).toEqual([expect.stringContaining('“colour:”')]);
  for (const address of ['fd00::1', '02:4b:78', '2001:db8::/64', '::1']) {
    expect(parseQuery(address)).toMatchObject({ problems: [], terms: [{ key: null, values: [address] }] });
  }
});

test('states and marks are asked of those who know them', () => {
  const known = {
    state: (id: string) => (id === 'guest:db1' ? ['down', 'drift'] : ['up']),
    mark: (id: string) => (id === 'guest:crm1' ? 'added' : undefined),
  };
  const found = (text: string): readonly string[] => [...(findNodes(index, parseQuery(text), known) ?? [])];
  expect(found('state:down')).toEqual(['guest:db1']);
  expect(found('is:drift kind:guest')).toEqual(['guest:db1']);
  expect(found('mark:added')).toEqual(['guest:crm1']);
});

test('any text is read, and what is turned round finds the rest', () => {
  const all = graph.nodes.map(({ id }) => id).sort();
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      expect(() => find(text)).not.toThrow();
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9.]{1,4}$/), (word) => {
      expect([...find(word), ...find(`-${word}`)].sort()).toEqual(all);
    }),
  );
});

test('around a guest: with its network and host at one step, with its neighbours at two; what is hidden takes its inside along', () => {
  const near = (hops: number): readonly string[] =>
    shownGraph(graph, { id: 'guest:shop1', hops }, []).nodes.map(({ id }) => id);
  expect(near(0)).toEqual(['guest:shop1', 'host:gw-x']);
  expect(near(1)).toEqual(['bridge:gw-x/br0', 'gateway:vgw-1', 'guest:shop1', 'host:gw-x', 'network:shop']);
  expect(near(2)).toEqual(expect.arrayContaining(['guest:shop2', 'network:db']));
  const without = shownGraph(graph, null, ['host:gw-y']);
  expect(without.nodes.filter(({ parent }) => parent === 'host:gw-y')).toEqual([]);
  const ids = new Set(without.nodes.map(({ id }) => id));
  expect(without.edges.filter(({ source, target }) => !ids.has(source) || !ids.has(target))).toEqual([]);
  expect(shownGraph(graph, { id: 'guest:gone', hops: 1 }, ['host:gone'])).toBe(graph);
});
