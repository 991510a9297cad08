/**
 * Working an expression out. Numbers are whole and exact (up to 2^53 - 1, either side of zero): what would not be is a problem,
 * never a rounded value. `/` leaves the remainder out (`7 / 2` is 3, `-7 / 2` is -3) and `%` is that remainder, with the sign of
 * its left side.
 */
import { nearestHint } from '../../core/nearest.ts';
import { quoted } from '../../core/visible-text.ts';
import { MAX_TEXT_LENGTH } from '../limits.ts';
import type { BinarySign, Expression, UnarySign } from './ast.ts';
import type { Operand } from './functions.ts';
import { described, fails, isRefusal, lookUp, type Budget, type Refusal, type Scope, type Value } from './value.ts';

export function evaluate(expression: Expression, scope: Scope | null, budget: Budget): Value | Refusal {
  budget.left -= 1;
  switch (expression.type) {
    case 'literal':
      return expression.value;
    case 'name':
      return lookUp(scope, expression.name) ?? unknown(expression.name, expression.offset, namesOf(scope));
    case 'unary': {
      const value = evaluate(expression.operand, scope, budget);
      return isRefusal(value) ? value : unary(expression.sign, value, expression.offset);
    }
    case 'binary':
      return binary(expression, scope, budget);
    case 'choice': {
      const condition = evaluate(expression.condition, scope, budget);
      if (isRefusal(condition)) return condition;
      if (typeof condition === 'boolean') return evaluate(condition ? expression.yes : expression.no, scope, budget);
      return fails(expression.offset, `Before \`?\` stands what is true or false; here it is ${described(condition)}.`);
    }
    case 'call':
      return call(expression, scope, budget);
  }
}

/** Functions cost more than signs. */
const CALL_COST = 20;

function call(
  { rule, operands }: Extract<Expression, { type: 'call' }>,
  scope: Scope | null,
  budget: Budget,
): Value | Refusal {
  budget.left -= CALL_COST;
  const values: Operand[] = [];
  for (const operand of operands) {
    const value = evaluate(operand, scope, budget);
    if (isRefusal(value)) return value;
    values.push({ value, offset: operand.offset });
  }
  return rule.work(values, rule.form);
}

export function unknown(name: string, offset: number, known: readonly string[]): Refusal {
  const list = [...known]
    .sort()
    .slice(0, 10)
    .map((each) => `\`${each}\``);
  const fallback =
    list.length === 0 ? 'declare it under `parameters`, or as a variable of a `for`' : `known here: ${list.join(', ')}`;
  const detail = `Nothing called ${quoted(name)} is known here.`;
  return { problem: { code: 'unknown-variable', detail, hint: nearestHint(name, known) ?? fallback, offset } };
}

function namesOf(scope: Scope | null): readonly string[] {
  const names: string[] = [];
  for (let each = scope; each !== null; each = each.outer) names.push(each.name);
  return names;
}

function unary(sign: UnarySign, value: Value, offset: number): Value | Refusal {
  if (sign === '-') {
    // Not -0, which would be written as 0 and compare as another number.
    return typeof value === 'number'
      ? 0 - value
      : fails(offset, `\`-\` takes a whole number; this is ${described(value)}.`);
  }
  return typeof value === 'boolean'
    ? !value
    : fails(offset, `\`!\` takes what is true or false; this is ${described(value)}.`);
}

function binary(
  { sign, left, right, offset }: Extract<Expression, { type: 'binary' }>,
  scope: Scope | null,
  budget: Budget,
): Value | Refusal {
  const first = evaluate(left, scope, budget);
  if (isRefusal(first)) return first;
  // Where the left side decides, the right side may be one that does not evaluate.
  if (sign === '&&' && first === false) return false;
  if (sign === '||' && first === true) return true;
  const second = evaluate(right, scope, budget);
  if (isRefusal(second)) return second;
  switch (sign) {
    case '&&':
    case '||':
      return typeof first === 'boolean' && typeof second === 'boolean'
        ? second
        : fails(offset, `\`${sign}\` joins what is true or false; here stand ${both(first, second)}.`);
    case '==':
    case '!=':
      if (typeof first !== typeof second)
        return fails(offset, `\`${sign}\` compares two of a sort; here stand ${both(first, second)}.`);
      return (first === second) === (sign === '==');
    case '+':
      return sum(first, second, offset, budget);
    default:
      if (typeof first === 'number' && typeof second === 'number') return arithmetic(sign, first, second, offset);
      return fails(offset, `\`${sign}\` takes two whole numbers; here stand ${both(first, second)}.`);
  }
}

function sum(first: Value, second: Value, offset: number, budget: Budget): Value | Refusal {
  if (typeof first === 'number' && typeof second === 'number') return exact(first + second, '+', offset);
  if (typeof first === 'boolean' || typeof second === 'boolean')
    return fails(offset, `\`+\` adds whole numbers or joins text; here stand ${both(first, second)}.`);
  return joined([first, second], offset, budget);
}

/** The values as one text; a long one costs as much as it is long. */
export function joined(values: readonly Value[], offset: number, budget: Budget): string | Refusal {
  let text = '';
  for (const value of values) text += String(value);
  // What is longer than a name is charged by its length: every round keeps a text of its own.
  budget.left -= (text.length >> 2) + Math.max(0, text.length - 64);
  if (text.length <= MAX_TEXT_LENGTH) return text;
  return fails(
    offset,
    `This makes a text of ${String(text.length)} characters; at most it is ${String(MAX_TEXT_LENGTH)}.`,
  );
}

type NumberSign = Exclude<BinarySign, '&&' | '||' | '==' | '!=' | '+'>;

function arithmetic(sign: NumberSign, left: number, right: number, offset: number): Value | Refusal {
  switch (sign) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '-':
      return exact(left - right, sign, offset);
    case '*':
      return exact(left * right, sign, offset);
    case '/':
    case '%':
      if (right === 0) return fails(offset, `${String(left)} ${sign} 0 has no value: nothing can be divided by zero.`);
      // Subtracting the remainder first keeps the quotient exact where the division itself would round.
      return sign === '%' ? left % right || 0 : (left - (left % right)) / right || 0;
  }
}

/** `|| 0` takes the sign off a zero. */
function exact(value: number, sign: string, offset: number): number | Refusal {
  if (Number.isSafeInteger(value)) return value || 0;
  const limit = String(Number.MAX_SAFE_INTEGER);
  return fails(
    offset,
    `The result of this \`${sign}\` is beyond the whole numbers that are exact, -${limit} to ${limit}.`,
  );
}

function both(left: Value, right: Value): string {
  return `${described(left)} and ${described(right)}`;
}
