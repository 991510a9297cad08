import { expect, test } from 'vitest';
import type { RuleView } from '../../../server/flow/hostview.ts';
import { routingTables, rulePriorities } from '../../../server/flow/mark.ts';
import { rule } from '../../../server/kinds/rule/index.ts';
import type { Rule } from '../../../server/kinds/rule/resource.ts';
import { staged } from '../support/text.ts';
import { scope, view } from '../support/view.ts';

const { bySource, byMark } = rulePriorities('shop');
const TABLE = routingTables('shop').first + 1;

const source: Rule = {
  kind: 'rule',
  id: 'rule:shop-vgw/from-192.0.2.12',
  scope: 'shop-vgw',
  family: 4,
  select: { from: '192.0.2.12' },
  priority: bySource,
  table: TABLE,
  main: true,
  own: true,
  route: `route:shop-vgw/table-${String(TABLE)}/0.0.0.0/0`,
};
const marked: Rule = {
  ...source,
  id: 'rule:shop-vgw/mark-1/6',
  family: 6,
  select: { mark: 1 },
  priority: byMark,
  route: `route:shop-vgw/table-${String(TABLE)}/::/0`,
};

/** The words of a command with what is derived from the topology's name told apart. */
function text(before: Rule | undefined, after: Rule | undefined): string {
  return staged(rule, before, after)
    .replaceAll(String(TABLE + 1), 'OTHER')
    .replaceAll(String(TABLE), 'TABLE')
    .replaceAll(String(bySource + 1), 'P+1')
    .replaceAll(String(bySource), 'P')
    .replaceAll(String(byMark + 1), 'M+1')
    .replaceAll(String(byMark), 'M');
}

test.each<[string, Rule | undefined, Rule | undefined, string]>([
  [
    'by source: networks nearby first, then the table',
    undefined,
    source,
    `opens:
ip -n shop-vgw rule add pref P from 192.0.2.12 lookup main suppress_prefixlength 0 protocol 201
ip -n shop-vgw rule add pref P+1 from 192.0.2.12 lookup TABLE protocol 201`,
  ],
  [
    'by mark, and IPv6 said',
    undefined,
    marked,
    `opens:
ip -n shop-vgw -6 rule add pref M fwmark 1 lookup main suppress_prefixlength 0 protocol 201
ip -n shop-vgw -6 rule add pref M+1 fwmark 1 lookup TABLE protocol 201`,
  ],
  [
    'another table: there is always one',
    source,
    { ...source, table: TABLE + 1 },
    `opens:
ip -n shop-vgw rule add pref P+1 from 192.0.2.12 lookup OTHER protocol 201
ip -n shop-vgw rule del pref P+1 from 192.0.2.12 lookup TABLE protocol 201`,
  ],
  [
    'the second half of what was cut off',
    { ...source, own: false },
    source,
    `opens:
ip -n shop-vgw rule add pref P+1 from 192.0.2.12 lookup TABLE protocol 201`,
  ],
  [
    'no longer wanted: the line to the table goes first',
    source,
    undefined,
    `removes:
ip -n shop-vgw rule del pref P+1 from 192.0.2.12 lookup TABLE protocol 201
ip -n shop-vgw rule del pref P from 192.0.2.12 lookup main suppress_prefixlength 0 protocol 201`,
  ],
])('%s', (_case, before, after, expected) => {
  expect(text(before, after)).toBe(expected);
});

const line = (more: Partial<RuleView>): RuleView => ({
  family: 4,
  priority: bySource,
  from: '192.0.2.12/32',
  mark: null,
  table: 'main',
  suppressed: 0,
  protocol: '201',
  other: [],
  ...more,
});
const first = line({});
const second = line({ priority: bySource + 1, table: String(TABLE), suppressed: null });
const inNamespace = (...rules: readonly RuleView[]) => view([], { inside: [scope('shop-vgw', [], { rules })] });
const claim = { topology: 'shop', wanted: new Map([[source.id, source]]) };
const nothing = { topology: 'shop', wanted: new Map<string, Rule>() };

test('is found as it was made, in whatever order the lines are listed', () => {
  expect(rule.observe(inNamespace(first, second), nothing)).toEqual([source]);
  expect(rule.observe(inNamespace(second, first), nothing)).toEqual([source]);
});

test('half of one is found as such, and is ours though nobody wants it any more', () => {
  expect(rule.observe(inNamespace(second), nothing)).toEqual([{ ...source, main: false }]);
  expect(rule.observe(inNamespace(first), claim)).toEqual([{ ...source, own: false }]);
  expect(rule.observe(inNamespace(first), nothing)).toMatchObject([{ id: source.id, main: true, own: false }]);
});

test.each<[string, RuleView]>([
  ['another protocol number', { ...second, protocol: 'static' }],
  ['no protocol number', { ...second, protocol: null }],
  ['the table of another topology', { ...second, table: String(routingTables('shop').last + 1) }],
  ['the main table for good', { ...first, suppressed: null }],
  ['another priority', { ...second, priority: bySource + 2 }],
  ['a whole prefix', { ...second, from: '192.0.2.0/24' }],
  ['source and mark', { ...second, mark: 1 }],
  ['an interface', { ...second, other: ['iif'] }],
  ['everything', { ...second, from: null }],
])('%s: is not ours, and in the way where it has our priority', (_case, foreign) => {
  expect(rule.observe(inNamespace(foreign), claim)).toEqual([]);
  const obstacle = rule.obstacle?.(source, inNamespace(foreign), claim);
  if (foreign.priority === bySource || foreign.priority === bySource + 1) expect(obstacle).toContain('is not ours');
  else expect(obstacle).toBeUndefined();
});

test('the first line of another topology that has the same priorities is left alone', () => {
  const theirs = { ...second, table: String(routingTables('shop').first - 5) };
  expect(rule.observe(inNamespace(first, theirs), claim)).toEqual([]);
});

test('tables and priorities depend on the name alone, and stay where nobody else is', () => {
  for (const name of ['shop', 'a', 'crm-2']) {
    const { first: from, last } = routingTables(name);
    expect(from).toBeGreaterThanOrEqual(2 ** 30);
    expect(last).toBeLessThan(2 ** 31);
    const priorities = rulePriorities(name);
    expect(priorities.byMark).toBeGreaterThanOrEqual(10_000);
    expect(priorities.bySource + 1).toBeLessThan(32_766);
  }
  expect(routingTables('shop')).not.toEqual(routingTables('crm-2'));
});
