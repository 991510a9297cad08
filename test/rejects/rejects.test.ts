/**
 * Wrong input is tested as carefully as right input: beside each `NAME.yaml` (or `.json`) lies `NAME.txt`, exactly what the
 * user is told. A new case is two files; `UPDATE_REJECTS=1` writes the second one, to be read before it is kept. What `use` names
 * lies in `parts/`.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CODES } from '../../server/core/codes.ts';
import { checkText } from './check.ts';

const FOLDER = import.meta.dirname;
const INPUT = /\.(yaml|json)$/;
const inputs = readdirSync(FOLDER).filter((name) => INPUT.test(name));
const expectedOf = (input: string): string => join(FOLDER, input.replace(INPUT, '.txt'));

function toldAbout(input: string): string {
  const text = readFileSync(join(FOLDER, input), 'utf8');
  return checkText(input, text);
}

describe('rejected files', () => {
  test.each(inputs)('%s', (input) => {
    const told = toldAbout(input);
    if (process.env['UPDATE_REJECTS'] === '1') writeFileSync(expectedOf(input), told);
    expect(told).toBe(readFileSync(expectedOf(input), 'utf8'));
    expect(told).not.toBe('');
  });

  test('every expected text has its input', () => {
    const wanted = new Set(inputs.map((input) => input.replace(INPUT, '.txt')));
    const texts = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
    expect(texts.filter((name) => !wanted.has(name))).toEqual([]);
  });
});

describe('codes', () => {
  const all = inputs.map(toldAbout).join('\n');

  test.each(Object.entries(CODES))('%s is met in a rejected file', (code, { severity }) => {
    expect(all).toContain(`: ${severity}[${code}]: `);
  });
});
