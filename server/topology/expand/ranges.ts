/** What a variable of a `for` goes through: `1..14`, both ends included, or a list of values. */
import { quoted } from '../../core/visible-text.ts';
import type { Value } from '../expression/value.ts';
import { accept, refuse, type Reading } from '../problem.ts';

/** Never written out: a range may be as long as numbers are. */
export interface Values {
  readonly length: number;
  readonly at: (index: number) => Value;
}

const RANGE = /^\s*(-?\d{1,17})\s*\.\.\s*(-?\d{1,17})\s*$/;

export function looksLikeRange(text: string): boolean {
  return RANGE.test(text);
}

/**
 * A range; one that ends before it begins is empty: `1..${count}` with none to count.
 * @param written it stands in the file as it is: where it goes downwards, that is a mistake.
 */
export function readRange(value: Value, written: boolean): Reading<Values> {
  const [, first, last] = typeof value === 'string' ? (RANGE.exec(value) ?? []) : [];
  if (first === undefined || last === undefined) return noRange(value);
  const [from, to] = [Number(first), Number(last)];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to))
    return refuse('wrong-value', `${quoted(String(value))} has an end beyond the numbers that are exact.`);
  if (written && to < from - 1) {
    const hint = `write \`${last}..${first}\``;
    return refuse('wrong-value', `${quoted(String(value))} goes downwards, so it is empty.`, 0, hint);
  }
  return accept({ length: Math.max(0, to - from + 1), at: (index) => from + index });
}

export function listValues(values: readonly Value[]): Values {
  return {
    length: values.length,
    at: (index) => {
      const value = values[index];
      if (value === undefined) throw new RangeError(`no value ${String(index)}`);
      return value;
    },
  };
}

function noRange(value: Value): Reading<never> {
  const detail = `${quoted(String(value))} is no range of whole numbers, and no list.`;
  if (typeof value === 'number') {
    const number = String(value);
    return refuse(
      'wrong-value',
      detail,
      0,
      `write \`1..${number}\` to count up to it, or \`[${number}]\` for it alone`,
    );
  }
  const bound = typeof value === 'string' ? /^\s*(-?\w+)\s*\.\.\s*(-?\w+)\s*$/.exec(value) : null;
  const names = bound?.slice(1).map((each) => (/^-?\d+$/.test(each) ? each : `\${${each}}`));
  return refuse(
    'wrong-value',
    detail,
    0,
    `write ${names === undefined ? '`1..14` or `[a, b]`' : `\`${names.join('..')}\``}`,
  );
}
