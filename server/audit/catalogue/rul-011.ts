import type { Match, Rule, Statement } from '../../reach/rules/ruleset.ts';
import { locusOf } from '../scene.ts';
import { judged } from './chains.ts';
import type { FindingRule } from './rule.ts';

/** Fewer can be read as they are. */
const FEWEST = 3;
const SHOWN = 10;

/** Ten lines that say one thing. */
export const RUL_011: FindingRule = {
  id: 'RUL-011',
  name: 'Mergeable rules',
  severity: 'info',
  definition: `At least ${String(FEWEST)} rules in a row differ in the values of one field alone: one rule with a set of them says the same.`,
  fix: 'Write one rule with a set: `tcp dport { 80, 443, 8443 } accept`.',
  *find({ scene }) {
    for (const on of judged({ scene })) {
      for (const table of on.rules.tables.filter(({ dormant }) => !dormant)) {
        for (const chain of table.chains.values()) {
          const runs = runsOf(chain.rules);
          const rules = runs.flat();
          if (rules.length === 0) continue;
          const name = `${table.family} ${table.name} ${chain.name}`;
          yield {
            summary: `${String(rules.length)} rules of ${on.stack.node}, ${name}, could be ${String(runs.length)}`,
            detail: rules.length > SHOWN ? `The first ${String(SHOWN)} are shown.` : '',
            at: rules.slice(0, SHOWN).map(({ at }) => locusOf(scene, on.stack, at)),
            witness: null,
            about: `${on.stack.node} ${name}`,
          };
        }
      }
    }
  },
};

/** Rules next to each other: nothing between them is asked in another order then. */
function runsOf(rules: readonly Rule[]): readonly (readonly Rule[])[] {
  const runs: Rule[][] = [];
  let [run, shared]: [Rule[], ReadonlySet<string>] = [[], new Set()];
  for (const rule of rules) {
    const forms = new Set(formsOf(rule));
    const common = new Set([...shared].filter((each) => forms.has(each)));
    if (common.size > 0) {
      run.push(rule);
      shared = common;
      continue;
    }
    if (run.length >= FEWEST) runs.push(run);
    [run, shared] = [[rule], forms];
  }
  if (run.length >= FEWEST) runs.push(run);
  return runs;
}

/** The rule with the values of one of its matches left out, for each of them. */
function formsOf({ statements }: Rule): readonly string[] {
  const acting = statements.filter(({ type }) => type !== 'aside');
  // Whether it matches depends on more than the packet: of one rule it may be another answer than of several.
  if (acting.some(({ type }) => type === 'condition' || type === 'unknown')) return [];
  if (statements.some((each) => each.type === 'aside' && each.what !== 'counter')) return [];
  return acting.flatMap((each, index) => {
    if (!isPlain(each)) return [];
    const open = { key: each.key, open: true };
    return [textOf(acting.with(index, open as unknown as Statement))];
  });
}

/** One field among values that are written in the rule. */
function isPlain(statement: Statement): statement is Match {
  return (
    statement.type === 'match' &&
    !statement.negated &&
    statement.key.length === 1 &&
    statement.key[0]?.mask === null &&
    'members' in statement.among
  );
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
}
