import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chain, Statement } from '../../../server/core/nft/ast.ts';
import { normaliseTable } from '../../../server/core/nft/normalise.ts';
import { parseTable } from '../../../server/core/nft/parse.ts';
import { renderTable } from '../../../server/core/nft/render.ts';
import { ACCEPT, match, meta, payload } from '../../../server/core/nft/write.ts';

const base = { type: 'filter', hook: 'forward', priority: 0, policy: 'drop' } as const;

/** Every place of a table that holds a text. */
const PLACES: Readonly<Record<string, (text: string) => Record<string, Chain>>> = {
  'a chain': (text) => ({ [text]: { base: null, rules: [] } }),
  'a comment': (text) => ({ 'filter-forward': { base, rules: [{ id: text, expr: [ACCEPT] }] } }),
  'an interface': (text) => ruleWith(match(meta('iifname'), text)),
  'an address': (text) => ruleWith(match(payload('ip', 'saddr'), text)),
  'a prefix': (text) => ruleWith(match(payload('ip6', 'saddr'), { prefix: { addr: text, len: 64 } })),
  'a protocol': (text) => ruleWith(match(meta('l4proto'), text)),
  'a log prefix': (text) => ruleWith({ log: { prefix: text } }),
  'a set': (text) => ruleWith(match(payload('ip', 'saddr'), `@${text}`)),
  'a field': (text) => ruleWith(match(payload('ip', text), '10.0.0.1')),
  'a jump': (text) => ruleWith({ jump: { target: text } }),
  'a target': (text) => ruleWith({ dnat: { family: 'ip', addr: text } }),
};

function ruleWith(statement: Statement): Record<string, Chain> {
  return { 'filter-forward': { base, rules: [{ id: 'x', expr: [statement] }] } };
}

const POISON = ['"', '\n', '{', '}', ';', '#', '$', '\\', '\u001b', '\0', '*', "'", '`', '\u202e', '<', '&'];
const hostile = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom(...POISON), fc.string({ maxLength: 12 }))
  .map((parts) => parts.join(''));

describe('a hostile text', () => {
  it.each(Object.keys(PLACES))('as %s is refused by the renderer, whoever made the value', (place) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const chains = PLACES[place]?.(text) ?? {};
        expect(() => renderTable('shop-filter', { chains, sets: {} })).toThrow();
      }),
    );
  });

  it.each(Object.keys(PLACES))('as %s, listed by a host, is kept as unknown with every byte escaped', (place) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [[name, chain] = ['', { base: null, rules: [] }]] = Object.entries(PLACES[place]?.(text) ?? {});
        const at = { family: 'inet', table: 'shop-filter', handle: 1 };
        const rule = chain.rules[0];
        const { table, unknown } = parseTable([
          {
            chain: {
              ...at,
              name,
              ...(chain.base === null ? {} : { type: 'filter', hook: 'forward', prio: 0, policy: 'drop' }),
            },
          },
          ...(rule === undefined ? [] : [{ rule: { ...at, chain: name, comment: rule.id ?? '', expr: rule.expr } }]),
        ]);
        expect(unknown).toHaveLength(1);
        expect(unknown[0]?.text).toMatch(/^[\x20-\x7e…]*$/);
        expect(() => renderTable('shop-filter', normaliseTable(table))).not.toThrow();
      }),
    );
  });

  it('as the name of a table is refused', () => {
    for (const name of [
      'map',
      'shop',
      'shop-filter {',
      'shop\n-filter',
      '-filter',
      'Shop-filter',
      'shop-filter; flush ruleset',
    ]) {
      expect(() => renderTable(name, { chains: {}, sets: {} })).toThrow();
    }
  });
});
