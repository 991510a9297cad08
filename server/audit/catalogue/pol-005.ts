import type { FindingRule } from './rule.ts';
import { chainLocus, FAMILIES, filtersAt, judged, reachedFrom } from './chains.ts';

/** What is refused leaves a trace. */
export const POL_005: FindingRule = {
  id: 'POL-005',
  name: 'No log of what is dropped',
  severity: 'low',
  definition:
    'A chain at input or forward drops by default, and no rule in it, or in a chain that it calls, logs anything.',
  fix: 'Log what is left before it is dropped, with a limit: `limit rate 5/minute log prefix "dropped "`.',
  standards: ['PCI DSS 4.0 10.2.1', 'NIST SP 800-53 AU-2'],
  *find({ scene }) {
    for (const on of judged({ scene })) {
      const chains = (['input', 'forward'] as const).flatMap((hook) =>
        FAMILIES.flatMap((family) => filtersAt(on, hook, family)).filter(({ base }) => base.policy === 'drop'),
      );
      for (const each of new Map(chains.map((hooked) => [hooked.chain, hooked])).values()) {
        const logs = reachedFrom(each.table, each.chain).some(({ rules }) =>
          rules.some(({ statements }) => statements.some((one) => one.type === 'aside' && one.what === 'log')),
        );
        if (logs) continue;
        yield {
          summary: `${on.stack.node} logs nothing of what ${each.table.family} ${each.table.name} ${each.chain.name} drops`,
          detail: '',
          at: [chainLocus(scene, on, each)],
          witness: null,
          about: `${on.stack.node} ${each.table.family} ${each.table.name} ${each.chain.name}`,
        };
      }
    }
  },
};
