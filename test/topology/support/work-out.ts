import { evaluateTemplate, parseTemplate } from '../../../server/topology/expression/template.ts';
import { isRefusal, type Budget, type Scope, type Value } from '../../../server/topology/expression/value.ts';

type Outcome = { readonly value: Value } | { readonly code: string; readonly offset: number; readonly detail: string };

function scopeOf(values: Readonly<Record<string, Value>>): Scope | null {
  return Object.entries(values).reduce<Scope | null>((outer, [name, value]) => ({ name, value, outer }), null);
}

/** What the expressions of the tests may speak of. */
export const NAMES = { n: 3, zero: 0, big: Number.MAX_SAFE_INTEGER, site: 'north', yes: true, no: false };

/** The value of a text with expressions, or what is wrong with it. */
export function workOut(
  text: string,
  values: Readonly<Record<string, Value>> = NAMES,
  budget: Budget = { left: 1e6 },
): Outcome {
  const template = parseTemplate(text);
  if (!template.ok) return template.problem;
  const answer = evaluateTemplate(template.value, scopeOf(values), budget);
  return isRefusal(answer) ? answer.problem : { value: answer };
}
