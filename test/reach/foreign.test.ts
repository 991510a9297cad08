/** Rules that others write are understood, but for what the README of `server/reach` lists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseListing } from '../../server/reach/rules/parse-listing.ts';
import { rulesProblems } from '../../server/reach/rules/problems.ts';
import { readStackRules } from '../../server/reach/rules/read-stack.ts';

const FOLDER = path.join(import.meta.dirname, 'foreign');

/** How many rules, and what of them is not told from one packet. */
const EXPECTED: Readonly<Record<string, { readonly rules: number; readonly open: readonly string[] }>> = {
  docker: { rules: 18, open: [] },
  libvirt: { rules: 26, open: [] },
  ferm: { rules: 16, open: ['limit'] },
  ufw: { rules: 182, open: ['limit', 'recent', 'rt'] },
  shorewall: { rules: 80, open: ['hashlimit', 'recent'] },
  firewalld: { rules: 153, open: [] },
  'firewalld-iptables': { rules: 394, open: ['rpfilter'] },
};

const names = readdirSync(FOLDER).filter((name) => existsSync(path.join(FOLDER, name, 'nftables.json')));

describe('rules that others write', () => {
  it('are those that are expected', () => {
    expect(names.sort()).toEqual(Object.keys(EXPECTED).sort());
  });
  it.each(names)('are understood: %s', (name) => {
    const read = (file: string): string | undefined =>
      existsSync(path.join(FOLDER, name, file)) ? readFileSync(path.join(FOLDER, name, file), 'utf8') : undefined;
    const listing = parseListing(read('nftables.json') ?? '', 'nftables.json');
    const iptables = (['iptables.txt', 'ip6tables.txt'] as const).flatMap((file) => {
      const text = read(file);
      return text === undefined ? [] : [{ file, family: file === 'iptables.txt' ? (4 as const) : (6 as const), text }];
    });
    const ruleset = readStackRules({ nft: listing.objects, iptables });
    expect([...listing.unknown, ...rulesProblems(ruleset)]).toEqual([]);
    const rules = ruleset.tables.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules));
    expect(rules).toHaveLength(EXPECTED[name]?.rules ?? 0);
    const open = rules.flatMap(({ statements }) =>
      statements.flatMap((each) =>
        each.type === 'condition' || each.type === 'unknown' ? [/\w+/.exec(each.text)?.[0] ?? ''] : [],
      ),
    );
    expect([...new Set(open)].sort()).toEqual(EXPECTED[name]?.open);
  });
});
