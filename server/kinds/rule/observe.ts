import { addressPart, bitsOf, hostPrefix, parsePrefix, prefixesOverlap } from '../../core/address.ts';
import type { HostView, RuleView, ScopeView } from '../../flow/hostview.ts';
import { ROUTE_PROTOCOL, routingTables, rulePriorities } from '../../flow/mark.ts';
import type { Claim } from '../kind.ts';
import { namespaceField } from '../link-fields.ts';
import { tableRouteId } from '../link-routing.ts';
import { ruleId } from './desire.ts';
import { Rule } from './resource.ts';

/**
 * Ours is a rule with our protocol number, at a priority of the topology, that leads to a table of the topology's range; and
 * one to the main table, if no such rule of another topology stands behind it. (A run that was cut off leaves the one without
 * the other.)
 */
export function observeRules(view: HostView, claim: Claim<Rule>): readonly Rule[] {
  return [...view.scopes.values()].flatMap((inside) => {
    if (inside.scope !== '' && !namespaceField.safeParse(inside.scope).success) return [];
    return rulesIn(inside, claim);
  });
}

function rulesIn({ scope, rules }: ScopeView, { topology, wanted }: Claim<Rule>): readonly Rule[] {
  const found = new Map<string, Rule>();
  const { bySource, byMark, byNetwork } = rulePriorities(topology);
  const tables = routingTables(topology);
  const ours = (table: number): boolean => table >= tables.first && table <= tables.last;
  const own = rules.filter((rule) => rule.protocol === String(ROUTE_PROTOCOL) && rule.other.length === 0);
  for (const line of own) {
    const select = selection(line);
    if (select === undefined) continue;
    const priority = 'mark' in select ? byMark : select.from.includes('/') ? byNetwork : bySource;
    const isMain = line.priority === priority && line.table === 'main' && line.suppressed === 0;
    const isOwn = line.priority === priority + 1 && line.suppressed === null && ours(Number(line.table));
    if (!isMain && !isOwn) continue;
    const id = ruleId(scope, line.family, select);
    const table = isOwn ? Number(line.table) : tableBehind(line, own);
    if (table !== undefined && !ours(table)) continue;
    const known = found.get(id);
    const common = { kind: 'rule' as const, id, scope, family: line.family, select, priority };
    const number = table ?? wanted.get(id)?.table ?? tables.first;
    const rule = Rule.safeParse({
      ...common,
      table: number,
      main: isMain || known?.main === true,
      own: isOwn || known?.own === true,
      route: tableRouteId(scope, number, line.family),
    });
    if (rule.success) found.set(id, rule.data);
  }
  return [...found.values()];
}

function selection({ family, from, mark }: RuleView): Rule['select'] | undefined {
  if (from === null) return mark === null ? undefined : { mark };
  const source = parsePrefix(from);
  if (mark !== null || source === undefined) return undefined;
  return { from: source.length === bitsOf(family) ? addressPart(source.text) : source.text };
}

/** The table that the next rule for the same packets leads to. */
function tableBehind(line: RuleView, rules: readonly RuleView[]): number | undefined {
  const next = rules.find(
    (each) =>
      each.priority === line.priority + 1 &&
      each.family === line.family &&
      each.from === line.from &&
      each.mark === line.mark,
  );
  return next === undefined ? undefined : Number(next.table);
}

/** Those for other sources, as another topology has them, take none of our packets. */
function mayBeOfBoth(left: Rule['select'], right: Rule['select']): boolean {
  if ('from' in left && 'from' in right) return prefixesOverlap(prefixOf(left.from), prefixOf(right.from));
  return !('mark' in left && 'mark' in right) || left.mark === right.mark;
}

function prefixOf(source: string): string {
  return source.includes('/') ? source : hostPrefix(source);
}

/** Rules of one priority are asked in the order they were made in: one of somebody else's might take our packets. */
export function ruleInTheWay(wanted: Rule, view: HostView, claim: Claim<Rule>): string | undefined {
  const inside = view.scopes.get(wanted.scope);
  const ours = new Set(observeRules(view, claim).map((rule) => rule.id));
  const rival = inside?.rules.find((rule) => {
    if (rule.family !== wanted.family || (rule.priority !== wanted.priority && rule.priority !== wanted.priority + 1))
      return false;
    const select = selection(rule);
    if (select === undefined) return true;
    return !ours.has(ruleId(wanted.scope, rule.family, select)) && mayBeOfBoth(select, wanted.select);
  });
  if (rival === undefined) return undefined;
  const where = wanted.scope === '' ? 'this host' : `namespace ${wanted.scope}`;
  return `An IPv${String(rival.family)} rule with priority ${String(rival.priority)} exists in ${where} and is not ours: remove it first, or give it another priority.`;
}
