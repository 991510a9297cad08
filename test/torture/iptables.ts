/** The row of rulesets of iptables, of both sorts: see `support/rulings.ts`. */
import type { Ruleset, Statement } from '../../server/reach/rules/ruleset.ts';
import { randomSaved } from '../support/rules/random-saved.ts';
import { loadSaved, readSaved } from '../support/rules/saved.ts';
import { firstAcceptWins, forgetful, openRulings, ruleBefore, untranslated } from './support/rulings.ts';
import type { Rules } from './support/rulings.ts';
import type { TortureRow } from './row.ts';

function ofIptables(alter: (ruleset: Ruleset) => Ruleset = (same) => same): Rules {
  return {
    load(router, from) {
      loadSaved(router, randomSaved(from, from.oneIn(4) ? 12 : 4));
      return alter(readSaved(router));
    },
    read: readSaved,
  };
}

export const iptables: TortureRow = {
  invariant: 'R2',
  promise: 'what is said of a packet and of the text of iptables-save is what the kernel does',
  unit: 'rulesets, each for 120 flows and their answers',
  target: 1000,
  inCi: 15,
  open: () => openRulings(ofIptables()),
  mutants: [
    { name: 'negations that are overread', within: 40, open: () => openRulings(ofIptables(withoutNegations)) },
    { name: 'a verdict that ends all chains', within: 60, open: () => openRulings(ofIptables(), firstAcceptWins) },
    { name: 'the rule before the one that decides', within: 10, open: () => openRulings(ofIptables(), ruleBefore) },
    { name: 'flows that are forgotten', within: 40, open: () => openRulings(ofIptables(), forgetful) },
    { name: 'translations that are forgotten', within: 40, open: () => openRulings(ofIptables(), untranslated) },
    { name: 'nothing of the older sort', within: 40, open: () => openRulings(ofIptables(withoutLegacy)) },
  ],
};

function withoutNegations(ruleset: Ruleset): Ruleset {
  const plain = (each: Statement): Statement =>
    each.type === 'match' && each.negated && each.key[0]?.field !== 'ct state' ? { ...each, negated: false } : each;
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: new Map(
      [...table.chains].map(([name, chain]) => [
        name,
        { ...chain, rules: chain.rules.map((rule) => ({ ...rule, statements: rule.statements.map(plain) })) },
      ]),
    ),
  }));
  return { ...ruleset, tables };
}

function withoutLegacy(ruleset: Ruleset): Ruleset {
  const rest = ruleset.tables.filter(({ dialect }) => dialect !== 'iptables-legacy');
  return { ...ruleset, tables: rest };
}
