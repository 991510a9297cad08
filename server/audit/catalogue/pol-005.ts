import type { FindingRule } from './rule.ts';
import type { HookedChain } from './chains.ts';
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
      const closed = (['input', 'forward'] as const).flatMap((hook) =>
        FAMILIES.flatMap((family) => filtersAt(on, hook, family)).filter(({ base }) => base.policy === 'drop'),
      );
      const silent = [...new Map(closed.map((each) => [each.chain, each])).values()].filter((each) => !logs(each));
      if (silent.length === 0) continue;
      yield {
        summary: `${on.stack.node} logs nothing of what ${silent.map(({ chain }) => chain.name).join(', ')} drop${silent.length === 1 ? 's' : ''}`,
        detail: '',
        at: silent.map((each) => chainLocus(scene, on, each)),
        witness: null,
        about: `${on.stack.node} ${silent.map(({ table, chain }) => `${table.family} ${table.name} ${chain.name}`).join(', ')}`,
      };
    }
  },
};

function logs({ table, chain }: HookedChain): boolean {
  return reachedFrom(table, chain).some(({ rules }) =>
    rules.some(({ statements }) => statements.some((each) => each.type === 'aside' && each.what === 'log')),
  );
}
