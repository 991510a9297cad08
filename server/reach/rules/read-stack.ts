/**
 * All rules of one stack: what `nft -j` lists and what `iptables-save` and `ip6tables-save` print, each rule once.
 *
 * The tables of iptables-nft are seen by both. nft lists some of their rules without parameters (`xt`), the text has them all:
 * a chain that has the same rules in both is nft's, with what the text says for those that nft does not show. The kernel's
 * older tables stand in the text alone.
 */
import type { Chain, Rule, Ruleset, Statement, Table, Unread } from './ruleset.ts';
import type { Dump, SavedText } from './iptables/dump.ts';
import { readDump } from './iptables/dump.ts';
import type { Listed } from './read.ts';
import { readRuleset } from './read.ts';

export interface StackListings {
  /** The list under `nftables` of `nft -j list ruleset`; `null` where nft was not asked, or is not there. */
  readonly nft: readonly Listed[] | null;
  readonly iptables: readonly SavedText[];
}

export function readStackRules({ nft, iptables }: StackListings): Ruleset {
  return mergeRules(
    nft === null ? { tables: [], unknown: [] } : readRuleset(nft),
    iptables.filter(({ text }) => text.trim() !== '').map(readDump),
  );
}

export function mergeRules(listed: Ruleset, dumps: readonly Dump[]): Ruleset {
  const tables = [...listed.tables];
  const unknown: Unread[] = [...listed.unknown];
  // Where iptables itself is the older sort, two programs print the same tables.
  const used = dumps.filter(
    ({ family, dialect }, index) =>
      dumps.findIndex((other) => other.family === family && other.dialect === dialect) === index,
  );
  for (const dump of used) {
    unknown.push(...dump.unknown);
    if (dump.saysLegacy && !used.some(({ family, dialect }) => family === dump.family && dialect === 'iptables-legacy'))
      unknown.push({
        text: dump.family === 4 ? 'iptables-legacy' : 'ip6tables-legacy',
        why: 'tables of the older sort are loaded, and were not recorded',
      });
    for (const table of dump.tables) {
      const at = dump.dialect === 'iptables' ? tables.findIndex((each) => isSame(each, table)) : -1;
      const former = tables[at];
      if (former === undefined) tables.push(table);
      else tables[at] = mergeTable(former, table);
    }
  }
  return { tables, unknown };
}

function isSame(one: Table, other: Table): boolean {
  return one.family === other.family && one.name === other.name;
}

function mergeTable(listed: Table, saved: Table): Table {
  const chains = [...listed.chains].map(([name, chain]): [string, Chain] => {
    const rules = saved.chains.get(name)?.rules ?? [];
    const paired = rules.length === chain.rules.length;
    return [
      name,
      paired ? { ...chain, rules: chain.rules.map((rule, index) => mergeRule(rule, rules[index])) } : chain,
    ];
  });
  return { ...listed, chains: new Map(chains), dialect: 'iptables' };
}

function mergeRule(listed: Rule, saved: Rule | undefined): Rule {
  if (saved === undefined) return listed;
  const at = {
    ...listed.at,
    id: listed.at.id ?? saved.at.id,
    ...(saved.at.line === undefined ? {} : { line: saved.at.line }),
  };
  const hits = listed.hits ?? saved.hits;
  const counted = hits === undefined ? {} : { hits };
  if (!listed.statements.some(isExtension)) return { ...listed, at, ...counted };
  return { at: { ...at, text: saved.at.text }, statements: saved.statements, ...counted };
}

/** Shown by nft without its parameters. */
function isExtension(statement: Statement): boolean {
  return (
    (statement.type === 'condition' || statement.type === 'unknown') && /^xt (match|target) "/.test(statement.text)
  );
}
