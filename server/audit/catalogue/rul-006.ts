import type { Rule, Table } from '../../reach/rules/ruleset.ts';
import type { Chain } from '../../reach/rules/ruleset.ts';
import type { AuditedStack } from '../scene.ts';
import { isGenerated } from '../generated.ts';
import { locusOf } from '../scene.ts';
import { baseChains, endsOf, judged, reachedFrom } from './chains.ts';
import type { Found, FindingRule, Subject } from './rule.ts';

const SHOWN = 20;

/** Candidates for removal; whether the time was long enough, whoever set the counters to zero knows. */
export const RUL_006: FindingRule = {
  id: 'RUL-006',
  name: 'Unused',
  severity: 'info',
  definition:
    'Rules with a counter have met no packet since their counters were set to zero, while others of the same chain have.',
  fix: 'Ask whoever wanted them, and remove them.',
  standards: ['PCI DSS 4.0 1.2.7'],
  *find(subject) {
    const { scene } = subject;
    yield* counted(
      subject,
      (rule, table, { stack }) => rule.hits?.packets === 0 && !isGenerated(scene, stack, table, rule),
      'met no packet yet',
    );
  },
};

/** A scan, or an application that somebody broke. */
export const RUL_007: FindingRule = {
  id: 'RUL-007',
  name: 'Deny rule with hits',
  severity: 'info',
  definition: 'Rules that drop or reject have met packets.',
  fix: 'See who sends them (log them): a scan, or an application that ought to work.',
  *find(subject) {
    yield* counted(
      subject,
      (rule, table) =>
        (rule.hits?.packets ?? 0) > 0 && endsOf(rule, table).some((end) => end === 'drop' || end === 'reject'),
      'refused packets',
    );
  },
};

function* counted(
  { scene }: Subject,
  counts: (rule: Rule, table: Table, on: AuditedStack) => boolean,
  what: string,
): Iterable<Found> {
  for (const on of judged({ scene })) {
    for (const [chain, table] of filterChains(on)) {
      const rules = chain.rules.filter((rule) => counts(rule, table, on));
      // Where nothing was counted at all, nothing says that anybody ever came by.
      const alive = chain.rules.some(({ hits }) => (hits?.packets ?? 0) > 0);
      if (rules.length === 0 || !alive) continue;
      const name = `${table.family} ${table.name} ${chain.name}`;
      yield {
        summary: `${String(rules.length)} rule${rules.length === 1 ? '' : 's'} of ${on.stack.node}, ${name}, ${rules.length === 1 ? 'has' : 'have'} ${what}`,
        detail: rules.length > SHOWN ? `The first ${String(SHOWN)} are shown.` : '',
        at: rules.slice(0, SHOWN).map(({ at }) => locusOf(scene, on.stack, at)),
        witness: null,
        about: `${on.stack.node} ${name}`,
      };
    }
  }
}

function filterChains(on: AuditedStack): ReadonlyMap<Chain, Table> {
  return new Map(
    baseChains(on)
      .filter(({ base }) => base.type === 'filter')
      .flatMap(({ table, chain }) => reachedFrom(table, chain).map((each) => [each, table] as const)),
  );
}
