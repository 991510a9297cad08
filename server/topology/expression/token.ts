/** The words and signs of an expression. */
import { quoted } from '../../core/visible-text.ts';
import { refuse, accept, type Reading } from '../problem.ts';

export interface Token {
  readonly type: 'number' | 'text' | 'name' | 'sign';
  /** As written; of a text, what stands between the quotes. */
  readonly text: string;
  readonly offset: number;
  /** The first character behind it. */
  readonly end: number;
}

const WORDS = /[A-Za-z0-9_]+/y;
const SIGNS = /\|\||&&|[=!<>]=|[-+*/%<>!?:(),}]/y;
const BLANKS = /\s*/y;

/** The token at or behind a character; `undefined` at the end of the text. */
export function tokenAt(text: string, start: number): Reading<Token | undefined> {
  const offset = start + matchAt(BLANKS, text, start).length;
  const first = text[offset];
  if (first === undefined) return accept(undefined);
  if (first === "'" || first === '"') return quotedText(text, offset, first);
  const word = matchAt(WORDS, text, offset);
  if (word !== '') return wordOf(word, offset);
  const sign = matchAt(SIGNS, text, offset);
  if (sign !== '') return accept({ type: 'sign', text: sign, offset, end: offset + sign.length });
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  return refuse('invalid-expression', `${quoted(character)} means nothing in an expression.`, offset, HINTS[first]);
}

const HINTS: Readonly<Record<string, string>> = {
  '=': 'write `==` to compare',
  '&': 'write `&&` for "and"',
  '|': 'write `||` for "or"',
  '.': 'numbers are whole numbers; text stands in quotes',
  '{': 'inside `${…}` write the name alone',
  $: 'inside `${…}` write the name alone',
};

function quotedText(text: string, offset: number, quote: string): Reading<Token> {
  const end = text.indexOf(quote, offset + 1);
  if (end < 0) return refuse('invalid-expression', `The text that begins with ${quote} here does not end.`, offset);
  return accept({ type: 'text', text: text.slice(offset + 1, end), offset, end: end + 1 });
}

function wordOf(word: string, offset: number): Reading<Token> {
  const end = offset + word.length;
  if (!/^\d/.test(word)) return accept({ type: 'name', text: word, offset, end });
  if (!/^(0|[1-9]\d*)$/.test(word)) {
    return refuse(
      'invalid-expression',
      `${quoted(word)} is neither a number nor a name: a number is written with digits and does not begin with 0, a name begins with a letter.`,
      offset,
    );
  }
  if (!Number.isSafeInteger(Number(word)))
    return refuse('invalid-expression', `${quoted(word)} is too large a number.`, offset);
  return accept({ type: 'number', text: word, offset, end });
}

function matchAt(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}
