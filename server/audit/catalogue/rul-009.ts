import type { Part, Statement, Table } from '../../reach/rules/ruleset.ts';
import type { AuditedStack } from '../scene.ts';
import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { judged } from './chains.ts';

/** A name that was mistyped, or an interface that is no more. */
export const RUL_009: FindingRule = {
  id: 'RUL-009',
  name: 'Rule on a missing interface',
  severity: 'medium',
  definition: 'A rule matches only packets of interfaces that the host does not have.',
  fix: 'Correct the name, or remove the rule.',
  *find({ scene }) {
    for (const on of judged({ scene })) {
      for (const table of on.rules.tables.filter(({ dormant }) => !dormant)) {
        for (const chain of table.chains.values()) {
          for (const { at, statements } of chain.rules) {
            const names = statements.map((each) => missing(on, each, table)).find((each) => each !== null);
            if (names == null) continue;
            yield {
              summary: `${on.stack.node} has no interface ${names.join(', ')}, which a rule of ${table.family} ${table.name} ${chain.name} is about`,
              detail: '',
              at: [locusOf(scene, on.stack, at)],
              witness: null,
              about: `${on.stack.node} ${table.family} ${table.name} ${chain.name} ${names.join(',')} ${at.text}`,
            };
          }
        }
      }
    }
  },
};

/** The names, where none of them is there. Names with a star are for interfaces that come and go. */
function missing({ stack }: AuditedStack, statement: Statement, table: Table): readonly string[] | null {
  if (statement.type !== 'match' || statement.negated || statement.key.length !== 1) return null;
  const [term] = statement.key;
  if (term?.field !== 'iifname' && term?.field !== 'oifname') return null;
  const members = 'members' in statement.among ? statement.among.members : table.sets.get(statement.among.set);
  const parts = members?.entries.flatMap(({ key: [part] }) => (part === undefined ? [] : [part])) ?? [];
  if (parts.length === 0 || members?.changing === true) return null;
  if (!parts.every((part) => 'name' in part && !part.prefix && !stack.interfaces.has(part.name))) return null;
  return parts.map(nameOf);
}

function nameOf(part: Part): string {
  return 'name' in part ? part.name : String(part.first);
}
