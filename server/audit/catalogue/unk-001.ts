import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { judged } from './chains.ts';

const SHOWN = 10;
/** Whether these hold depends on more than the packet: an answer says so, and there is nothing to mend. */
const BY_NATURE = /^(limit|quota|ct count|meter)\b|^\{"(limit|quota|ct count|meter)"/;

/** What we cannot judge, said openly. */
export const UNK_001: FindingRule = {
  id: 'UNK-001',
  name: 'Not decidable',
  severity: 'info',
  definition:
    'Rules hold expressions that are not understood: what depends on them is answered with «unknown», never with yes or no.',
  fix: 'Judge these rules yourself, or write them with expressions that are listed as understood.',
  *find({ scene }) {
    for (const on of judged({ scene })) {
      const unread = on.rules.unknown.map(({ text, why }) => ({ text: `${why}: ${text}`, at: null }));
      const rules = on.rules.tables.flatMap((table) =>
        [...table.chains.values()].flatMap(({ rules: each }) =>
          each.flatMap(({ at, statements }) =>
            statements.flatMap((one) =>
              (one.type === 'unknown' || one.type === 'condition') && !BY_NATURE.test(one.text)
                ? [{ text: one.text, at }]
                : [],
            ),
          ),
        ),
      );
      const all = [...unread, ...rules];
      if (all.length === 0) continue;
      yield {
        summary: `${on.stack.node} has ${String(all.length)} expression${all.length === 1 ? '' : 's'} that ${all.length === 1 ? 'is' : 'are'} not understood`,
        detail: [...new Set(all.map(({ text }) => text))].slice(0, SHOWN).join('\n'),
        at: all.slice(0, SHOWN).flatMap(({ at }) => (at === null ? [] : [locusOf(scene, on.stack, at)])),
        witness: null,
        about: on.stack.node,
      };
    }
  },
};
