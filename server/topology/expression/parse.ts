/**
 * The grammar of expressions, from weak to strong:
 *
 *   choice   = or [ "?" choice ":" choice ]
 *   or … *   the signs of BINARY_SIGNS, those of one strength from the left
 *   unary    = ( "-" | "!" ) unary | primary
 *   primary  = number | text | "true" | "false" | name | function "(" choice { "," choice } ")" | "(" choice ")"
 */
import { nearestHint } from '../../core/nearest.ts';
import { quoted } from '../../core/visible-text.ts';
import { MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_LENGTH } from '../limits.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import { BINARY_SIGNS, type BinarySign, type Expression } from './ast.ts';
import { FUNCTIONS } from './functions.ts';
import { tokenAt, type Token } from './token.ts';

export interface NameUse {
  readonly name: string;
  readonly offset: number;
}

export interface ParsedExpression {
  readonly expression: Expression;
  /** The variables it speaks of, whether or not they come to be needed. */
  readonly names: readonly NameUse[];
  /** The first character behind the closing brace. */
  readonly end: number;
}

interface Parser {
  readonly text: string;
  readonly start: number;
  readonly names: NameUse[];
  /** Where the next token is looked for. */
  at: number;
  depth: number;
}

/** Reads what stands behind a `${`, to the brace that closes it. `start` is the first character behind the `${`. */
export function parseExpression(text: string, start: number): Reading<ParsedExpression> {
  const parser: Parser = { text, start, names: [], at: start, depth: 0 };
  const expression = choice(parser);
  if (!expression.ok) return expression;
  const closing = next(parser);
  if (!closing.ok) return closing;
  if (closing.value?.text === '}' && closing.value.type === 'sign')
    return accept({ expression: expression.value, names: parser.names, end: closing.value.end });
  return closing.value === undefined
    ? unclosed(parser)
    : unexpected(closing.value, 'a sign like `+`, or the closing `}`');
}

function choice(parser: Parser): Reading<Expression> {
  parser.depth += 1;
  if (parser.depth > MAX_EXPRESSION_DEPTH) return tooDeep(parser);
  const condition = binary(parser, 1);
  if (!condition.ok) return condition;
  const mark = peekSign(parser, '?');
  if (!mark.ok) return mark;
  parser.depth -= 1;
  if (mark.value === undefined) return condition;
  parser.depth += 1;
  parser.at = mark.value.end;
  const yes = choice(parser);
  if (!yes.ok) return yes;
  const colon = expectSign(parser, ':', 'the `:` that goes with the `?`');
  if (!colon.ok) return colon;
  const no = choice(parser);
  if (!no.ok) return no;
  parser.depth -= 1;
  return accept({
    type: 'choice',
    offset: mark.value.offset,
    condition: condition.value,
    yes: yes.value,
    no: no.value,
  });
}

/** Everything joined by signs of at least this strength. */
function binary(parser: Parser, strength: number): Reading<Expression> {
  let left = unary(parser);
  while (left.ok) {
    const token = peek(parser);
    if (!token.ok) return token;
    const sign = signOf(token.value);
    if (token.value === undefined || sign === undefined || BINARY_SIGNS[sign] < strength) return left;
    parser.at = token.value.end;
    const right = binary(parser, BINARY_SIGNS[sign] + 1);
    if (!right.ok) return right;
    left = accept({ type: 'binary', offset: token.value.offset, sign, left: left.value, right: right.value });
  }
  return left;
}

function unary(parser: Parser): Reading<Expression> {
  const token = peek(parser);
  if (!token.ok) return token;
  const sign = token.value?.type === 'sign' ? token.value.text : '';
  if (token.value === undefined || (sign !== '-' && sign !== '!')) return primary(parser);
  parser.at = token.value.end;
  parser.depth += 1;
  if (parser.depth > MAX_EXPRESSION_DEPTH) return tooDeep(parser);
  const operand = unary(parser);
  parser.depth -= 1;
  if (!operand.ok) return operand;
  return accept({ type: 'unary', offset: token.value.offset, sign, operand: operand.value });
}

const WANTED = "a number, a name, a text in '…' or a bracket";

function primary(parser: Parser): Reading<Expression> {
  const read = next(parser);
  if (!read.ok) return read;
  const token = read.value;
  if (token === undefined) return unclosed(parser);
  const { offset, text } = token;
  switch (token.type) {
    case 'number':
      return accept({ type: 'literal', offset, value: Number(text) });
    case 'text':
      return accept({ type: 'literal', offset, value: text });
    case 'name':
      return named(parser, token);
    case 'sign':
      if (text !== '(') return unexpected(token, WANTED);
      return inBrackets(parser);
  }
}

function inBrackets(parser: Parser): Reading<Expression> {
  const inner = choice(parser);
  if (!inner.ok) return inner;
  const closing = expectSign(parser, ')', 'the closing `)`');
  return closing.ok ? inner : closing;
}

function named(parser: Parser, token: Token): Reading<Expression> {
  const { text, offset } = token;
  const opening = peekSign(parser, '(');
  if (!opening.ok) return opening;
  if (opening.value !== undefined) {
    parser.at = opening.value.end;
    return call(parser, token);
  }
  if (text === 'true' || text === 'false') return accept({ type: 'literal', offset, value: text === 'true' });
  parser.names.push({ name: text, offset });
  return accept({ type: 'name', offset, name: text });
}

function call(parser: Parser, { text, offset }: Token): Reading<Expression> {
  const rule = FUNCTIONS.get(text);
  if (rule === undefined) {
    const known = [...FUNCTIONS.values()].map(({ form }) => `\`${form}\``).join(', ');
    const hint = nearestHint(text, FUNCTIONS.keys()) ?? `known are: ${known}`;
    return refuse('invalid-expression', `There is no function ${quoted(text)}.`, offset, hint);
  }
  const operands: Expression[] = [];
  for (;;) {
    const operand = choice(parser);
    if (!operand.ok) return operand;
    operands.push(operand.value);
    const read = next(parser);
    if (!read.ok) return read;
    if (read.value === undefined) return unclosed(parser);
    const sign = read.value.type === 'sign' ? read.value.text : '';
    if (sign === ')') break;
    if (sign !== ',') return unexpected(read.value, 'a `,` or the closing `)`');
  }
  if (operands.length >= rule.least && operands.length <= rule.most) {
    return accept({ type: 'call', offset, rule, operands });
  }
  const count = operands.length === 1 ? '1 value' : `${String(operands.length)} values`;
  return refuse('invalid-expression', `${quoted(text)} is given ${count}; it is written \`${rule.form}\`.`, offset);
}

function signOf(token: Token | undefined): BinarySign | undefined {
  return token?.type === 'sign' && Object.hasOwn(BINARY_SIGNS, token.text) ? (token.text as BinarySign) : undefined;
}

function peek(parser: Parser): Reading<Token | undefined> {
  const token = tokenAt(parser.text, parser.at);
  if (!token.ok || (token.value?.end ?? 0) - parser.start <= MAX_EXPRESSION_LENGTH) return token;
  const detail = `An expression has at most ${String(MAX_EXPRESSION_LENGTH)} characters; this one has more.`;
  return refuse('invalid-expression', detail, parser.start - 2);
}

function next(parser: Parser): Reading<Token | undefined> {
  const token = peek(parser);
  if (token.ok && token.value !== undefined) parser.at = token.value.end;
  return token;
}

/** The next token where it is this sign. */
function peekSign(parser: Parser, sign: string): Reading<Token | undefined> {
  const token = peek(parser);
  if (!token.ok) return token;
  return accept(token.value?.type === 'sign' && token.value.text === sign ? token.value : undefined);
}

function expectSign(parser: Parser, sign: string, wanted: string): Reading<Token> {
  const token = next(parser);
  if (!token.ok) return token;
  if (token.value === undefined) return unclosed(parser);
  return token.value.type === 'sign' && token.value.text === sign
    ? accept(token.value)
    : unexpected(token.value, wanted);
}

function unexpected(token: Token, wanted: string): Reading<never> {
  if (token.type === 'sign' && token.text === '}')
    return refuse('invalid-expression', `The expression ends here, where ${wanted} should stand.`, token.offset);
  const shown = token.type === 'text' ? `the text ${quoted(token.text)}` : quoted(token.text);
  return refuse('invalid-expression', `Here stands ${shown}, where ${wanted} should stand.`, token.offset);
}

function unclosed(parser: Parser): Reading<never> {
  const hint = 'close it with `}`; for the two characters themselves write `$${`';
  return refuse('invalid-expression', 'The `${` here is not closed.', parser.start - 2, hint);
}

function tooDeep(parser: Parser): Reading<never> {
  const detail = `More than ${String(MAX_EXPRESSION_DEPTH)} brackets, signs and choices stand inside each other.`;
  return refuse('invalid-expression', detail, parser.at);
}
