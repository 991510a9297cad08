/** Tables that somebody else has changed: seen as drift, put right by one change, and what could be shown is restored by undo. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { firewall } from '../../server/kinds/firewall/index.ts';
import type { NftTable } from '../../server/kinds/nft-table.ts';
import { hostIn } from '../kinds/firewall/model.ts';
import { shopModel } from '../kinds/firewall/shop.ts';
import { scratchNamespaces } from './support/scratch.ts';
import { viewTables } from './support/tables.ts';

const scratch = scratchNamespaces();
let namespace = '';
afterAll(() => {
  scratch.remove();
});

beforeEach(() => {
  namespace = scratch.add('tl-fw-drift');
  load(undefined, wanted());
});

function wanted(): NftTable {
  const model = shopModel(namespace);
  const [table] = firewall.desire(model, hostIn(model));
  if (table === undefined) throw new Error('no table');
  return table;
}

function found(): NftTable {
  const [table] = firewall.observe(viewTables(scratch, namespace, 'shop'), { topology: 'shop', wanted: new Map() });
  if (table === undefined) throw new Error('no table');
  return table;
}

function load(before: NftTable | undefined, after: NftTable | undefined): void {
  for (const command of firewall.commands(before, after, { topology: 'shop', doomedGroup: 1 })) {
    if (command.tool !== 'nft') throw new Error('not an nft command');
    scratch.run(namespace, ['nft', '-f', '-'], command.input);
  }
}

const T = 'inet shop-filter';

/** What is done to the table, and the field that tells it. */
const MEDDLING: readonly (readonly [what: string, input: string, fields: readonly string[]])[] = [
  ['a rule that opens', `insert rule ${T} filter-forward counter accept`, ['chain filter-forward']],
  ['a rule outside the subset', `insert rule ${T} filter-input meta skuid 0 accept`, ['not representable']],
  ['a rule with a log level', `add rule ${T} policy/shop/db log prefix "x" level debug accept`, ['not representable']],
  ['all rules of a chain gone', `flush chain ${T} policy/shop/db`, ['chain policy/shop/db']],
  ['another policy', `add chain ${T} filter-input { policy accept; }`, ['chain filter-input']],
  ['an element more', `add element ${T} published-4 { 192.0.2.11 . 10.1.1.10 . tcp . 22 }`, ['set published-4']],
  ['an element gone', `delete element ${T} own-4 { "shop" . 10.1.1.1 }`, ['set own-4']],
  [
    'an element changed',
    `delete element ${T} forward-pairs { "shop" . "db" }\nadd element ${T} forward-pairs { "shop" . "db" : accept }`,
    ['map forward-pairs'],
  ],
  ['a prefix more in a plain set', `add element ${T} topology-4 { 10.1.3.0/24 }`, ['set topology-4']],
  [
    'a chain of ours more',
    `add chain ${T} extra-chain\nadd rule ${T} extra-chain counter accept`,
    ['chain extra-chain'],
  ],
  [
    'a base chain more',
    `add chain ${T} extra-base { type filter hook output priority 0; policy accept; }`,
    ['chain extra-base'],
  ],
  ['a chain with a name that we could not write', `add chain ${T} X_y`, ['not representable']],
  ['a set that times out', `add set ${T} bans-4 { type ipv4_addr; flags timeout; }`, ['not representable']],
  [
    'a named counter in use',
    `add counter ${T} seen\ninsert rule ${T} filter-forward counter name seen`,
    ['not representable'],
  ],
];

describe('meddling', () => {
  it.each(MEDDLING)('%s is seen, and put right', (_what, input, fields) => {
    const table = wanted();
    expect(found()).toEqual(table);
    scratch.run(namespace, ['nft', '-f', '-'], `${input}\n`);
    const drifted = found();
    expect(firewall.compare?.(table, drifted).map((each) => each.field)).toEqual(fields);

    load(drifted, table);
    expect(found()).toEqual(table);

    if (drifted.unknown.length === 0) {
      load(table, drifted);
      expect(found()).toEqual(drifted);
    }
  });

  it('a table of the same name in a namespace that is not ours is left alone', () => {
    const view = viewTables(scratch, namespace, 'other');
    expect(firewall.observe(view, { topology: 'shop', wanted: new Map() })).toEqual([]);
  });
});
