import { hostPrefix } from '../../core/address.ts';
import type { Kind } from '../kind.ts';
import { ruleTouches } from './touches.ts';
import { inNamespace } from '../link-ids.ts';
import { ruleCommands } from './commands.ts';
import { desireRules } from './desire.ts';
import { observeRules, ruleInTheWay } from './observe.ts';
import { Rule } from './resource.ts';

/** Which packets go by a routing table of their own: those of a NIC that is not the default, so that they leave by it. */
export const rule: Kind<Rule> = {
  name: 'rule',
  schema: Rule,
  desire: desireRules,
  observe: observeRules,
  obstacle: ruleInTheWay,
  refers: ({ scope, route }) => [...inNamespace(scope), { to: route, diesWith: false }],
  // Behind the route that it leads to, which is taken only while its interface is up.
  stages: (_before, after) => [{ effect: after === undefined ? 'removes' : 'opens', state: after }],
  commands: ruleCommands,
  cost: (_before, after) => (after === undefined ? 'reconnect' : 'hitless'),
  touches: (before, after) => [
    ...(before?.scope === '' ? ruleTouches(before, false) : []),
    ...(after?.scope === '' ? ruleTouches(after, true) : []),
  ],
  standing({ scope, family, select, priority, table, main, own }) {
    const [from, mark] = 'from' in select ? [wholePrefix(select.from), null] : [null, select.mark];
    const line = { on: 'rule', scope, family, from, mark } as const;
    return [
      ...(main ? [{ ...line, priority, table: 'main', suppressed: 0 }] : []),
      ...(own ? [{ ...line, priority: priority + 1, table: String(table), suppressed: null }] : []),
    ];
  },
  describe: ({ scope, select, table }) =>
    `rule ${'from' in select ? `from ${select.from}` : `for mark ${String(select.mark)}`} lookup ${String(table)}${scope === '' ? '' : ` in ${scope}`}`,
};

function wholePrefix(text: string): string {
  return text.includes('/') ? text : hostPrefix(text);
}
