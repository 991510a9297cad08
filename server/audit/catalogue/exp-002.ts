import type { Statement } from '../../reach/rules/ruleset.ts';
import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { endsOf, filtersAt, FAMILIES, forwards, judged, speaks } from './chains.ts';

/** The rule that was meant for an afternoon. */
export const EXP_002: FindingRule = {
  id: 'EXP-002',
  name: 'Any-any accept',
  severity: 'critical',
  definition:
    'A rule of a base chain at input or forward accepts whatever comes by it, from anywhere to anywhere, in a chain whose policy is to drop.',
  fix: 'Remove the rule; accept what is wanted, by name.',
  standards: ['PCI DSS 4.0 1.2.1'],
  *find({ scene }) {
    for (const on of judged({ scene })) {
      const hooked = FAMILIES.filter((family) => speaks(on, family)).flatMap((family) => [
        ...filtersAt(on, 'input', family),
        ...(forwards(on, family) ? filtersAt(on, 'forward', family) : []),
      ]);
      for (const [chain, { table, base }] of new Map(hooked.map((each) => [each.chain, each]))) {
        const rule = chain.rules.find(
          (each) => each.statements.every(isNoCondition) && endsOf(each, table).includes('accept'),
        );
        if (rule === undefined || base.policy !== 'drop') continue;
        const name = `${table.family} ${table.name} ${chain.name}`;
        yield {
          summary: `${on.stack.node}, ${name}, accepts everything, whatever its policy says`,
          detail: '',
          at: [locusOf(scene, on.stack, rule.at)],
          witness: null,
          about: `${on.stack.node} ${name}`,
        };
      }
    }
  },
};

function isNoCondition({ type }: Statement): boolean {
  return type === 'aside' || type === 'verdict' || type === 'assign';
}
