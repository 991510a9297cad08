/** What iptables-save prints, as rules: whole, beside nft's listing, and damaged. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDump } from '../../server/reach/rules/iptables/dump.ts';
import type { Listed } from '../../server/reach/rules/read.ts';
import { readStackRules } from '../../server/reach/rules/read-stack.ts';
import type { Ruleset, Statement } from '../../server/reach/rules/ruleset.ts';
import { chance } from '../support/chance.ts';

const text = (file: string): string => readFileSync(new URL(`dumps/${file}`, import.meta.url), 'utf8');
const OF_NFT = text('common-iptables-nft.txt');
const LEGACY = text('common-iptables-legacy.txt');
const LISTED = (JSON.parse(text('common-nftables.json')) as { readonly nftables: readonly Listed[] }).nftables;

const saved = (content: string, file = 'iptables.txt') => ({ file, family: 4 as const, text: content });

function rulesOf({ tables }: Pick<Ruleset, 'tables'>) {
  return tables.flatMap(({ chains }) => [...chains.values()].flatMap(({ rules }) => rules));
}

function notUnderstood(ruleset: Pick<Ruleset, 'tables'>): readonly string[] {
  const weak = (each: Statement): boolean => each.type === 'condition' || each.type === 'unknown';
  return rulesOf(ruleset).flatMap(({ statements }) =>
    statements.filter(weak).flatMap((each) => ('text' in each ? [each.text.split(' ')[0] ?? ''] : [])),
  );
}

/** By what cannot be told from one packet, or says what only the host's own state decides. */
const LIMIT_OF_WHAT_IS_KNOWN = [
  ...['TPROXY', 'NFQUEUE', 'connlimit', 'hashlimit', 'helper', 'icmp', 'limit', 'owner', 'physdev', 'policy', 'recent'],
  ...['rpfilter', 'statistic', 'string', 'tcp', 'time', 'u32'],
];

describe('the common matches and targets', () => {
  it.each([
    ['the older sort', LEGACY],
    ['the newer sort', OF_NFT],
  ])('are read of %s, each line as a rule, but for what depends on more than the packet', (_, content) => {
    const dump = readDump(saved(content));
    expect(dump.unknown).toEqual([]);
    expect(rulesOf(dump)).toHaveLength(content.match(/ -A /g)?.length ?? 0);
    expect(new Set(notUnderstood(dump))).toEqual(new Set(LIMIT_OF_WHAT_IS_KNOWN));
  });
  it('know their line, comment and counters', () => {
    const [rule] = rulesOf(
      readDump(
        saved('*filter\n:INPUT DROP [5:6]\n[7:8] -A INPUT -m comment --comment "a \\"b\\" c" -j ACCEPT\nCOMMIT\n'),
      ),
    );
    expect(rule).toMatchObject({
      at: { id: 'a "b" c', line: { file: 'iptables.txt', line: 3 } },
      hits: { packets: 7, bytes: 8 },
      statements: [{ type: 'verdict', verdict: { type: 'accept' } }],
    });
  });
});

describe('tables that nft lists too', () => {
  const both = readStackRules({ nft: LISTED, iptables: [saved(OF_NFT)] });

  it('stand there once, with handle, line and what nft does not show', () => {
    expect(both.tables.map(({ name }) => name).sort()).toEqual(['filter', 'mangle', 'nat', 'raw']);
    expect(rulesOf(both)).toHaveLength(rulesOf(readDump(saved(OF_NFT))).length);
    expect(rulesOf(both).every(({ at }) => at.handle !== null && at.line !== undefined)).toBe(true);
    expect(new Set(notUnderstood(both))).toEqual(new Set(LIMIT_OF_WHAT_IS_KNOWN));
  });
  it('stay as nft lists them where the text has other rules', () => {
    const fewer = readStackRules({ nft: LISTED, iptables: [saved(OF_NFT.replace(/^.*-g my-chain\n/m, ''))] });
    const input = fewer.tables.find(({ name }) => name === 'filter')?.chains.get('INPUT');
    expect(input?.rules.some(({ at }) => at.line !== undefined)).toBe(false);
    expect(input?.rules.some(({ statements }) => statements.some((each) => each.type === 'condition'))).toBe(true);
  });
  it('are told from those of the older sort, which are there beside them, once', () => {
    const all = readStackRules({
      nft: LISTED,
      iptables: [saved(OF_NFT), saved(LEGACY, 'iptables-legacy.txt'), saved(LEGACY, 'again.txt')],
    });
    expect(all.tables.map(({ dialect }) => dialect).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'iptables'),
      ...Array.from({ length: 4 }, () => 'iptables-legacy'),
    ]);
  });
  it('do not hide those of the older sort where they are none, and only a warning is printed', () => {
    const warning = '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n';
    const both = readStackRules({ nft: [], iptables: [saved(warning), saved(LEGACY, 'iptables-legacy.txt')] });
    expect(both.unknown).toEqual([]);
    expect(both.tables).toHaveLength(4);
  });
  it('leave the answer open where tables of the older sort were not recorded', () => {
    const warning = '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n';
    expect(readStackRules({ nft: LISTED, iptables: [saved(warning + OF_NFT)] }).unknown).toHaveLength(1);
    expect(readStackRules({ nft: LISTED, iptables: [saved(warning)] }).unknown).toHaveLength(1);
  });
});

describe('a text that is damaged', () => {
  it.each([
    ['cut short', '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\n', 'line 4', 'COMMIT'],
    [
      'cut in a quote',
      '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment "abc\nCOMMIT\n',
      'line 3',
      'garbled',
    ],
    ['without the chain', '*filter\n:INPUT ACCEPT [0:0]\n-A OTHER -j DROP\nCOMMIT\n', 'line 3', 'chain OTHER'],
    ['of a table that nobody knows', '*strange\n:X ACCEPT [0:0]\n-A X -j DROP\nCOMMIT\n', 'line 1', 'not known'],
    ['with a policy that is none', '*filter\n:INPUT PERHAPS [0:0]\nCOMMIT\n', 'line 2', 'chain'],
    ['of another tool', 'Chain INPUT (policy ACCEPT)\n', 'line 1', 'outside'],
  ])('is told with its place: %s', (_, content, place, why) => {
    const { unknown } = readDump(saved(content));
    expect(unknown[0]?.place).toBe(`iptables.txt ${place}`);
    expect(unknown[0]?.why).toContain(why);
  });
  it('never brings the reader down, and loses no rule without a word', () => {
    const from = chance(6);
    const whole = rulesOf(readDump(saved(LEGACY))).length;
    for (let tries = 0; tries < 1500; tries += 1) {
      const damaged = spoil(
        LEGACY,
        () => from.upTo(LEGACY.length),
        () => String.fromCharCode(from.upTo(300)),
      );
      const dump = readDump(saved(damaged));
      const lost = whole - rulesOf(dump).length;
      const lines = damaged.split('\n').filter((line) => /^(\[\d+:\d+\] )?-A /.test(line)).length;
      if (lost > 0 && lines >= rulesOf(dump).length + 1) expect(dump.unknown.length, damaged).toBeGreaterThan(0);
    }
  });
});

function spoil(content: string, place: () => number, letter: () => string): string {
  const [a = 0, b = 0] = [place(), place()].sort((one, other) => one - other);
  switch (place() % 4) {
    case 0:
      return content.slice(0, a);
    case 1:
      return content.slice(0, a) + content.slice(Math.min(b, a + 40));
    case 2:
      return content.slice(0, a) + letter() + content.slice(a + 1);
    default:
      return content.slice(0, a) + content.slice(b) + content.slice(a, b);
  }
}
