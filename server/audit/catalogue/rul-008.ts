import type { Chain, Rule, Statement, Table } from '../../reach/rules/ruleset.ts';
import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { baseChains, chainLocus, judged, reachedFrom } from './chains.ts';

/** Rules that no packet ever comes by. */
export const RUL_008: FindingRule = {
  id: 'RUL-008',
  name: 'Dead chain or empty set',
  severity: 'low',
  definition:
    'A chain with rules that no base chain leads to; or a rule that matches only what is in a set that is empty, and that nothing fills.',
  fix: 'Remove the chain or the rule, or call the chain and fill the set.',
  *find({ scene }) {
    for (const on of judged({ scene })) {
      const alive = new Set(baseChains(on).flatMap(({ table, chain }) => reachedFrom(table, chain)));
      for (const table of on.rules.tables.filter(({ dormant }) => !dormant)) {
        for (const chain of table.chains.values()) {
          const about = `${on.stack.node} ${table.family} ${table.name} ${chain.name}`;
          if (!alive.has(chain)) {
            if (isWorthNaming(chain))
              yield {
                summary: `No packet of ${on.stack.node} comes to chain ${table.family} ${table.name} ${chain.name}`,
                detail: `It has ${String(chain.rules.length)} rule${chain.rules.length === 1 ? '' : 's'}, and no base chain leads to it.`,
                at: [chainLocus(scene, on, { table, chain })],
                witness: null,
                about,
              };
            continue;
          }
          for (const { rule, set } of chain.rules.flatMap((each) => withEmptySet(each, table)))
            yield {
              summary: `A rule of ${on.stack.node}, ${table.family} ${table.name} ${chain.name}, matches nothing: the set ${set} is empty`,
              detail: '',
              at: [locusOf(scene, on.stack, rule.at)],
              witness: null,
              about: `${about} @${set} ${rule.at.text}`,
            };
        }
      }
    }
  },
};

/** Chains that tools leave for their users are empty on purpose, and a rule that does nothing is a remark. */
function isWorthNaming({ rules }: Chain): boolean {
  return rules.some(({ statements }) => statements.some(({ type }) => type !== 'match' && type !== 'aside'));
}

function withEmptySet(rule: Rule, table: Table): readonly { readonly rule: Rule; readonly set: string }[] {
  const name = rule.statements.map((each) => emptySet(each, table)).find((each) => each !== null);
  return name == null ? [] : [{ rule, set: name }];
}

function emptySet(statement: Statement, table: Table): string | null {
  if (statement.type !== 'match' || statement.negated || !('set' in statement.among)) return null;
  const members = table.sets.get(statement.among.set);
  if (members === undefined) return null;
  const empty = members.entries.length === 0 && members.otherwise === null && members.unread.length === 0;
  return empty && !members.changing ? statement.among.set : null;
}
