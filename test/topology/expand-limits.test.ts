/** However little text asks for however much: it is refused before it is made. */
import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_MADE_OBJECTS } from '../../server/topology/limits.ts';
import type { ReadPart } from '../../server/topology/expand/parts.ts';
import { readTopology } from '../../server/topology/read.ts';

const HEAD = 'topology: t\nhosts: { h: { access: local, bridges: { br0: } } }\n';

function codes(text: string, readPart?: ReadPart): readonly string[] {
  const { diagnostics, topology } = readTopology({ file: 't.yaml', text: HEAD + text }, { readPart });
  if (diagnostics.length > 0) expect(topology).toBeNull();
  return diagnostics.map(({ code }) => code);
}

describe('objects', () => {
  test('exactly the limit is made', () => {
    const text = `for: [{ n: 1..${String(MAX_MADE_OBJECTS)}, networks: { "n\${n}": } }]`;
    const { topology, diagnostics } = readTopology({ file: 't.yaml', text: HEAD + text });
    expect(diagnostics).toEqual([]);
    expect(topology?.networks.size).toBe(MAX_MADE_OBJECTS);
  });

  test.each([
    ['one more', 'for: [{ n: 1..100001, networks: { "n${n}": } }]'],
    ['NICs count', 'for: [{ n: 1..50001, guests: { "n${n}": { on: h, nics: { a: 10.0.0.1 } } } }]'],
    ['items of lists count', 'for: [{ n: 1..33334, policy: [{ allow: [1, 2], from: a, to: b }] }]'],
    ['in two steps', 'for: [{ n: 1..60000, networks: { "n${n}": } }, { n: 1..40001, networks: { "m${n}": } }]'],
    ['a product', 'for: [{ a: 1..1000, b: 1..1000, c: 1..1000, networks: { "n${a}-${b}-${c}": } }]'],
    [
      'a range as long as numbers are',
      'for: [{ a: -9007199254740991..9007199254740991, b: 1..9007199254740991, networks: { n: } }]',
    ],
    [
      'inside each other',
      'for: [{ a: 1..1000, for: [{ b: 1..1000, for: [{ c: 1..1000, networks: { "n${a}-${b}-${c}": } }] }] }]',
    ],
    [
      'the last one counts',
      'for: [{ a: 1..100000, for: [{ b: "1..${a / 100000 * 100001}", networks: { "n${b}": } }] }]',
    ],
    ['rounds that make nothing', 'for: [{ a: 1..1000000000, networks: {} }]'],
    ['rounds of rounds that make nothing', 'for: [{ a: 1..1000000, for: [{ b: 1..1000000, networks: {} }] }]'],
    [
      'values without names',
      `for: [{ n: 1..99999, networks: { "n\${n}": { ${'abcdefghijkl'
        .split('')
        .map((key) => `${key}: 1`)
        .join(', ')} } } }]`,
    ],
  ])('%s', (_, text) => {
    expect(codes(text)).toEqual(['too-many']);
  });

  test('parts of parts of parts', () => {
    const readPart: ReadPart = (file) => {
      const depth = Number(file.replace(/\D/g, ''));
      const use = `./p${String(depth + 1)}.yaml`;
      return {
        text: depth === 7 ? 'policy: [{ allow: any, from: a, to: b }]' : `use: [${Array(20).fill(use).join(', ')}]`,
      };
    };
    expect(codes('use: [p1.yaml]', readPart)).toEqual(['too-many']);
  });
});

test('expressions that take long', () => {
  const long = `\${${Array(200).fill("pad(n, 9) + ''").join(' + ')}}`.slice(0, 900);
  const sound = `${long.slice(0, long.lastIndexOf(' + '))}}`;
  const told = codes(`for: [{ n: 1..99999, networks: { "n\${n}": { description: "${sound}" } } }]`);
  expect(new Set(told)).toEqual(new Set(['too-large']));
});

describe('in little memory', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trunkline-limits-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test.each([
    ['nested', 'for: [{ a: 1..1000, for: [{ b: 1..1000, for: [{ c: 1..1000, networks: { "n${a}-${b}-${c}": } }] }] }]'],
    ['flat', 'for: [{ n: 1..100001, guests: { "n${n}": { on: h, nics: { a: { address: 10.0.0.1 } } } } }]'],
    ['wrong in each round', 'for: [{ n: 1..20000, networks: { "n${n}": { vlan: "${n / 0}" } } }]'],
  ])('%s', async (name, text) => {
    const file = join(folder, `${name.replaceAll(' ', '-')}.yaml`);
    await writeFile(file, HEAD + text);
    const main = join(import.meta.dirname, '../../server/cli/main.ts');
    const { exitCode, stderr } = await execa(process.execPath, ['--max-old-space-size=128', main, 'check', file], {
      reject: false,
    });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/error\[(too-many|expression-fails)\]/);
    expect(stderr).toMatch(/\n1 error$/);
  });
});
