import type { Family } from '../../core/address.ts';
import { rulePriorities } from '../../flow/mark.ts';
import type { Host, Model, SourceRouting } from '../../flow/model.ts';
import type { Scope } from '../../flow/resource.ts';
import { resourceId } from '../../flow/resource.ts';
import { sourceRoutesOn } from '../link-routing.ts';
import type { Rule } from './resource.ts';

export function desireRules(model: Model, host: Host): readonly Rule[] {
  return sourceRoutesOn(model, host).flatMap(({ scope, source, route }) =>
    rulesOf(model.topology, scope, source, route),
  );
}

function rulesOf(topology: string, scope: Scope, source: SourceRouting, route: string): readonly Rule[] {
  const { family, table, mark, always } = source;
  const { bySource, byMark, byNetwork } = rulePriorities(topology);
  const rule = (select: Rule['select'], priority: number): Rule => {
    const id = ruleId(scope, family, select);
    return { kind: 'rule', id, scope, family, select, priority, table, main: always !== true, own: true, route };
  };
  return [
    ...source.from.map((from) => rule({ from }, from.includes('/') ? byNetwork : bySource)),
    ...(mark === null ? [] : [rule({ mark }, byMark)]),
  ];
}

/** By what it selects, so that it stays the same rule when its table changes. */
export function ruleId(scope: Scope, family: Family, select: Rule['select']): string {
  const what = 'from' in select ? `from-${select.from}` : `mark-${String(select.mark)}/${String(family)}`;
  return resourceId('rule', scope, what);
}
