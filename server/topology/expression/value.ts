/** What an expression works with and answers: text, whole numbers, `true` and `false`. */
import { quoted } from '../../core/visible-text.ts';
import type { Problem } from '../problem.ts';

export type Value = string | number | boolean;

/** Why there is no value. An object where values are none, so that working one out makes nothing on the way. */
export interface Refusal {
  readonly problem: Problem;
}

/** The names that an expression may use, the innermost first. */
export interface Scope {
  readonly name: string;
  readonly value: Value;
  readonly outer: Scope | null;
}

/** What is left of the work that all expressions of a topology may make. */
export interface Budget {
  left: number;
}

export function isRefusal(answer: Value | Refusal): answer is Refusal {
  return typeof answer === 'object';
}

export function fails(offset: number, detail: string, hint?: string): Refusal {
  return { problem: { code: 'expression-fails', detail, hint, offset } };
}

export function lookUp(scope: Scope | null, name: string): Value | undefined {
  for (let each = scope; each !== null; each = each.outer) if (each.name === name) return each.value;
  return undefined;
}

/** Inside a sentence: "the number `3`". */
export function described(value: Value): string {
  if (typeof value === 'number') return `the number \`${String(value)}\``;
  return typeof value === 'string' ? `the text ${quoted(value)}` : `\`${String(value)}\``;
}
