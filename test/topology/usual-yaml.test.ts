/** What is read without the YAML library is what the library reads, and nothing that it finds fault with. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAX_BRACKETS, MAX_DEPTH, MAX_PIECES } from '../../server/topology/limits.ts';
import { collectProblems } from '../../server/topology/problems.ts';
import { readUsual } from '../../server/topology/yaml/read-usual.ts';
import { readAny } from '../../server/topology/yaml/read-yaml.ts';
import { seeded } from '../support/seeded.ts';

const FOLDER = join(import.meta.dirname, '../../topologies');
const SHIPPED = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(FOLDER, name), 'utf8'));

const MUTATIONS = Number(process.env['MUTATIONS'] ?? 20_000);

/** Small texts, so that a change hits what matters. */
const SEEDS = [
  'a: 1\nb:\n  c: [x, "y z", \'w\']\n  d: { e: f, "g h": {} }\n# end\n',
  'list:\n- a: 1\n  b: 2\n-   c: 3\n- word word\n- [1, 2]\nnext: true\n',
  'list:\n  - { a: 10.0.0.1/24, b: fd00::1, c: "${n}" } # why\n  - "key": value\n    other: null\n',
  '{ a: [b, c,\n  d], "e": { f: 1,\n\n   g: ~ } }\n',
  '- a\n- b: c\n  d:\n  - e\n  - f: g\n    h: i\n- j\n',
  '[a, [b, [c]], {d: e}]',
  '\n  # above\n\n  a: b\n  c: d # behind\n\n\n',
  'a b: c d  e\nf.g/h: 80/tcp->web:80\ni: j:k#l\nm: n -o\n',
];
const INSERTS = [
  ...[
    '\n',
    '\n\n',
    '\n  ',
    '\n    ',
    ' ',
    '  ',
    '\t',
    '\r\n',
    '',
    '# ',
    '#',
    ' #',
    ': ',
    ':',
    '- ',
    '-',
    '? ',
    '?',
    ', ',
    ',',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    '{}',
    '[]',
    '"',
    "'",
    "''",
    '\\',
    '&a ',
    '*a',
    '!',
    '!!str ',
    '|',
    '>',
    '|\n  ',
    '%',
    '@',
    '`',
    '~',
  ],
  ...[
    '---',
    '---\n',
    '...',
    '<<: ',
    '<<',
    'null',
    'True',
    'FALSE',
    'yes',
    '0x10',
    '0o7',
    '007',
    '1.5',
    '.5',
    '1e3',
    '+1',
    '-1',
  ],
  ...[
    '.inf',
    '1.',
    '12345678901234567890',
    'a',
    'a: b',
    'a: ',
    '- a',
    'ü',
    '😀',
    '\u2028',
    '\u0085',
    '\u00a0',
    '\ufeff',
    '${n}',
  ],
];

/** @returns whether the text was read without the library. */
function compare(text: string): boolean {
  const usual = readUsual('a file', text);
  if (usual === null) return false;
  const problems = collectProblems();
  const any = readAny({ file: 'a file', text }, problems);
  expect(problems.sorted(), text).toEqual([]);
  expect(usual, text).toEqual(any);
  return true;
}

test.each(SHIPPED.map((text) => [text.slice(0, text.indexOf('\n')), text]))('shipped: %s', (_, text) => {
  expect(compare(text)).toBe(true);
});

test.each(SEEDS)('%j', (text) => {
  expect(compare(text)).toBe(true);
});

test('texts with words and signs put in, taken out and doubled', () => {
  const next = seeded(7);
  const index = (length: number): number => Math.floor(next() * length);
  const of = (list: readonly string[]): string => list[index(list.length)] ?? '';
  let usual = 0;
  for (let round = 0; round < MUTATIONS; round += 1) {
    let text = of(SEEDS);
    for (let change = index(3); change >= 0; change -= 1) {
      const start = index(text.length + 1);
      const end = Math.min(text.length, start + (next() < 0.5 ? 0 : index(8)));
      const put = next() < 0.2 ? text.slice(start, end).repeat(2) : of(INSERTS);
      text = text.slice(0, start) + put + text.slice(end);
    }
    if (compare(text)) usual += 1;
  }
  expect(usual / MUTATIONS).toBeGreaterThan(0.1);
});

test('parts of shipped files, cut anywhere', () => {
  const next = seeded(8);
  let usual = 0;
  for (let round = 0; round < 400; round += 1) {
    const text = SHIPPED[Math.floor(next() * SHIPPED.length)] ?? '';
    if (compare(text.slice(0, Math.floor(next() * text.length)))) usual += 1;
  }
  expect(usual).toBeGreaterThan(20);
});

test.each([
  ['too deep in brackets', `a: ${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`],
  [
    'too deep in blocks',
    Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n') + ' b',
  ],
  ['too many brackets', `a: [${'[],'.repeat(MAX_BRACKETS)}[]]`],
  ['too many pieces', `a: [${'b,'.repeat(MAX_PIECES / 4)}b]`],
])("%s is the library's to refuse", (_, text) => {
  expect(readUsual('a file', text)).toBeNull();
});
