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
  describe: ({ scope, select, table }) =>
    `rule ${'from' in select ? `from ${select.from}` : `for mark ${String(select.mark)}`} lookup ${String(table)}${scope === '' ? '' : ` in ${scope}`}`,
};
