import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { baseChains, endsOf, judged, reachedFrom } from './chains.ts';

/** Rules shown as places; the number of all of them is said. */
const SHOWN = 10;

/** Somebody must be able to say why a rule is there. */
export const POL_006: FindingRule = {
  id: 'POL-006',
  name: 'Rule without a reason',
  severity: 'low',
  definition: 'Rules in a chain of type filter accept packets and have no comment that says why.',
  fix: 'Give each rule a comment: who asked for it, and until when.',
  standards: ['PCI DSS 4.0 1.2.5'],
  *find({ scene }) {
    for (const on of judged({ scene })) {
      const chains = baseChains(on)
        .filter(({ base }) => base.type === 'filter')
        .flatMap(({ table, chain }) => reachedFrom(table, chain).map((each) => [each, table] as const));
      for (const [chain, table] of new Map(chains)) {
        const bare = chain.rules.filter(
          (rule) => rule.at.id === null && scene.placeOf(rule.at) === null && endsOf(rule, table).includes('accept'),
        );
        if (bare.length === 0) continue;
        const name = `${table.family} ${table.name} ${chain.name}`;
        const many = bare.length > 1;
        yield {
          summary: `${String(bare.length)} rule${many ? 's' : ''} of ${on.stack.node}, ${name}, ${many ? 'accept' : 'accepts'} and ${many ? 'do' : 'does'} not say why`,
          detail: bare.length > SHOWN ? `The first ${String(SHOWN)} are shown.` : '',
          at: bare.slice(0, SHOWN).map(({ at }) => locusOf(scene, on.stack, at)),
          witness: null,
          about: `${on.stack.node} ${name}`,
        };
      }
    }
  },
};
