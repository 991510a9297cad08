import { expect, test } from 'vitest';
import type { NamedSet } from '../../../server/core/nft/ast.ts';
import { renderTable } from '../../../server/core/nft/render.ts';
import { balance } from '../../../server/kinds/balance/index.ts';
import { nat } from '../../../server/kinds/nat/index.ts';
import { withTargetsAlive } from '../../../server/kinds/nft-balance.ts';
import { hostOf, labModel } from '../../support/lab-model.ts';

const model = labModel('balanced');
const host = hostOf(model, 'edge');

test('a number is drawn for each connection, and a map has its target', async () => {
  const [table] = nat.desire(model, host);
  await expect(table === undefined ? '' : renderTable(table.table, table)).toMatchFileSnapshot('balanced.nft');
});

test('who looks after the targets is told of each once, and of the maps that lead to them', () => {
  const [check, ...others] = balance.desire(model, host);
  expect(others).toEqual([]);
  expect(check?.files['bash.conf']).toBe(`table balanced-nat
target 0 10.80.0.11 8080
target 1 10.80.0.12 8080
target 2 10.80.0.13 8080
target 3 10.80.0.12 7000
target 4 10.80.0.11 9000
target 5 10.80.0.12 9000
target 6 2001:db8:0:80::11 8080
target 7 2001:db8:0:80::12 8080
target 8 2001:db8:0:80::13 8080
balance alive-4 12|192.0.2.30 . tcp . 80|0 10.80.0.11 . 8080|1 10.80.0.12 . 8080|2 10.80.0.13 . 8080
balance alive-4 1|192.0.2.30 . tcp . 81|3 10.80.0.12 . 7000
balance alive-ranges-4 12|192.0.2.30 . tcp . 9000-9010|4 10.80.0.11|5 10.80.0.12
balance alive-6 12|2001:db8:0:1::30 . tcp . 80|6 2001:db8:0:80::11 . 8080|7 2001:db8:0:80::12 . 8080|8 2001:db8:0:80::13 . 8080
`);
});

test('nobody is looked after where nobody asks for it', () => {
  const none = labModel('balanced', (text) => text.replaceAll(/^(.*listen: .*) }$/gm, '$1, health: none }'));
  expect(balance.desire(none, hostOf(none, 'edge'))).toEqual([]);
});

const [table] = nat.desire(model, host);
const wanted = table?.sets ?? {};
const alive = (change: (set: NamedSet) => NamedSet): Record<string, NamedSet> =>
  Object.fromEntries(Object.entries(wanted).map(([name, set]) => [name, name === 'alive-4' ? change(set) : set]));

test.each<[string, (set: NamedSet) => NamedSet]>([
  ['all targets of a service lost', (set) => ({ ...set, elements: [] })],
  [
    'the connections of one at the others',
    (set) => ({
      ...set,
      elements: set.elements
        .map((each) => ({
          ...each,
          value: JSON.stringify(each.value).includes('.12') ? ['10.80.0.11', 8080] : each.value,
        }))
        .filter(({ key }) => key[3] === 80),
    }),
  ],
])('%s is no drift', (_, change) => {
  expect(alive(change)).not.toEqual(wanted);
  expect(withTargetsAlive(alive(change), wanted)).toEqual(wanted);
});

test.each<[string, (set: NamedSet) => NamedSet]>([
  [
    'a target that nobody named',
    (set) => ({ ...set, elements: set.elements.map((each) => ({ ...each, value: ['10.80.0.99', 8080] })) }),
  ],
  [
    'a target of another service',
    (set) => ({ ...set, elements: set.elements.map((each) => ({ ...each, value: ['10.80.0.12', 7000] })) }),
  ],
  [
    'a key that nobody draws',
    (set) => ({ ...set, elements: set.elements.map((each) => ({ ...each, key: [70_000, ...each.key.slice(1)] })) }),
  ],
  ['another sort of map', (set) => ({ ...set, counter: true })],
])('%s is', (_, change) => {
  expect(withTargetsAlive(alive(change), wanted)).toEqual(alive(change));
});

test('a map that nobody looks after stays as it is wanted', () => {
  const found = { ...wanted, 'balance-4': { ...wanted['balance-4'], elements: [] } as NamedSet };
  expect(withTargetsAlive(found, wanted)).toEqual(found);
});
