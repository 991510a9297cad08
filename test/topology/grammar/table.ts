import { expect } from 'vitest';
import type { Reading } from '../../../server/topology/problem.ts';

/** The value that a text is read as; the problem's text where it is refused, so that a failing test says why. */
export function valueOf<T>(reading: Reading<T>): T | string {
  return reading.ok ? reading.value : `refused: ${reading.problem.detail}`;
}

/** Asserts that a text is refused with this code, pointing at the part of it that is marked: `10.1.»300`. */
export function expectRefusal(parse: (text: string) => Reading<unknown>, marked: string, code: string): void {
  const offset = marked.indexOf('»');
  const text = marked.replace('»', '');
  const reading = parse(text);
  expect(reading.ok ? reading.value : { code: reading.problem.code, offset: reading.problem.offset }, text).toEqual({
    code,
    offset: Math.max(0, offset),
  });
}
