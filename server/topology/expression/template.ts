/**
 * Text with expressions in it: `app-${n}`. One `${…}` and nothing else keeps the sort of its value; anything around it makes
 * text. `$${` stands for the two characters themselves.
 */
import { accept, type Reading } from '../problem.ts';
import type { Expression } from './ast.ts';
import { evaluate, joined } from './evaluate.ts';
import { parseExpression, type NameUse } from './parse.ts';
import { isRefusal, type Budget, type Refusal, type Scope, type Value } from './value.ts';

export interface Template {
  readonly parts: readonly (string | Expression)[];
  readonly names: readonly NameUse[];
}

/** Whether a text has anything to be worked out or taken back in it. */
export function isTemplate(text: string): boolean {
  return text.includes('${');
}

export function parseTemplate(text: string): Reading<Template> {
  const parts: (string | Expression)[] = [];
  const names: NameUse[] = [];
  let literal = '';
  let at = 0;
  for (;;) {
    const found = text.indexOf('${', at);
    if (found < 0) break;
    if (found > at && text[found - 1] === '$') {
      literal += `${text.slice(at, found - 1)}\${`;
      at = found + 2;
      continue;
    }
    literal += text.slice(at, found);
    const read = parseExpression(text, found + 2);
    if (!read.ok) return read;
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(read.value.expression);
    names.push(...read.value.names);
    at = read.value.end;
  }
  literal += text.slice(at);
  if (literal !== '') parts.push(literal);
  return accept({ parts, names });
}

/** Text without any expression in it: what it stands for. */
export function literalOf(template: Template): string | undefined {
  if (template.parts.length > 1 || typeof template.parts[0] === 'object') return undefined;
  return template.parts[0];
}

export function evaluateTemplate({ parts }: Template, scope: Scope | null, budget: Budget): Value | Refusal {
  const [first, second] = parts;
  if (first !== undefined && second === undefined) return withinBudget(partOf(first, scope, budget), budget);
  const values: Value[] = [];
  for (const part of parts) {
    const value = partOf(part, scope, budget);
    if (isRefusal(value)) return value;
    values.push(value);
  }
  return withinBudget(joined(values, 0, budget), budget);
}

function partOf(part: string | Expression, scope: Scope | null, budget: Budget): Value | Refusal {
  return typeof part === 'string' ? part : evaluate(part, scope, budget);
}

function withinBudget(answer: Value | Refusal, budget: Budget): Value | Refusal {
  if (budget.left >= 0) return answer;
  const detail = 'Working out all expressions of this topology takes too long; this is as far as it came.';
  return { problem: { code: 'too-large', detail, hint: 'make fewer rounds, or simpler expressions', offset: 0 } };
}
