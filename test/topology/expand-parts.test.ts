import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { expandTree } from '../../server/topology/expand/expand.ts';
import type { ReadPart } from '../../server/topology/expand/parts.ts';
import { collectProblems } from '../../server/topology/problems.ts';
import { readYaml } from '../../server/topology/yaml/read-yaml.ts';
import { expand, made } from './support/expand.ts';

describe('parts', () => {
  test('paths are looked up from the file they stand in', () => {
    const files = {
      'a/one.yaml': 'use: [../b/two.yml, ./three.json]',
      'b/two.yml': 'policy: [two]',
      'a/three.json': '{ "policy": ["three"] }',
    };
    expect(made('use: [./a/one.yaml]', files)).toEqual({ policy: ['two', 'three'] });
  });

  test('see nothing of what surrounds their use', () => {
    const text = 'parameters: { p: 1 }\nfor: [{ n: "1..${p}", use: [part.yaml] }]';
    expect(expand(text, { 'part.yaml': 'policy: ["${p}", "${n}"]' }).told).toEqual([
      'unknown-variable part.yaml:1:13',
      'unknown-variable part.yaml:1:21',
    ]);
  });

  test('are read and told of once, however often they are used', () => {
    let reads = 0;
    const problems = collectProblems();
    const tree = readYaml(
      { file: 'shop.yaml', text: 'for: [{ n: 1..50, use: [./part.yaml, x/../part.yaml] }]' },
      problems,
    );
    if (tree === null) throw new Error('no YAML');
    const readPart: ReadPart = (file) => {
      reads += 1;
      expect(file).toBe('part.yaml');
      return { text: 'a: [' };
    };
    const { files, sources } = expandTree(tree, 'shop.yaml', { set: new Map(), readPart }, problems);
    expect(reads).toBe(1);
    expect(files).toEqual(['part.yaml']);
    expect(sources).toEqual([{ file: 'part.yaml', text: 'a: [' }]);
    expect(problems.sorted().map(({ code }) => code)).toEqual(['not-yaml']);
  });

  test('a value for a parameter has the sort of its default; a number may stand for text', () => {
    const files = { 'part.yaml': 'parameters: { name: x, n: 1, up: true }\npolicy: ["${name}", "${n}", "${up}"]' };
    expect(made('use: [{ file: part.yaml, with: { name: 12, n: 2, up: false } }]', files)).toEqual({
      policy: ['12', 2, false],
    });
    expect(expand('use: [{ file: part.yaml, with: { n: "2", up: 1 } }]', files).told).toEqual([
      'wrong-type 1:37',
      'wrong-type 1:46',
    ]);
  });

  test('one that is used too deep', () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, n) => [
        `p${String(n)}.yaml`,
        `policy: [${String(n)}]\nuse: [./p${String(n + 1)}.yaml]`,
      ]),
    );
    const { told, plain } = expand('use: [p0.yaml]', files);
    expect(told).toEqual(['too-many p7.yaml:2:7']);
    expect(JSON.parse(plain)).toEqual({ policy: [0, 1, 2, 3, 4, 5, 6, 7] });
  });

  test('too many, and too large together', () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`p${String(n)}.yaml`, 'policy: []']));
    expect(expand(`use: [${Object.keys(many).join(', ')}]`, many).told).toEqual(['use-unreadable 1:997']);
    const half = `policy: []\n#${'x'.repeat(600_000)}`;
    expect(expand('use: [a.yaml, b.yaml]', { 'a.yaml': half, 'b.yaml': half }).told).toEqual(['use-unreadable 1:15']);
  });

  test('a path outside is for the reader to judge; it is only put together', () => {
    const asked: string[] = [];
    const problems = collectProblems();
    const tree = readYaml({ file: '/srv/t/shop.yaml', text: 'use: [../x.yaml, a/./../b.yaml]' }, problems);
    if (tree === null) throw new Error('no YAML');
    const readPart: ReadPart = (file) => {
      asked.push(file);
      return { text: 'policy: []' };
    };
    expandTree(tree, '/srv/t/shop.yaml', { set: new Map(), readPart }, problems);
    expect(asked).toEqual(['/srv/x.yaml', posix.join('/srv/t', 'b.yaml')]);
  });
});

describe('putting together', () => {
  test('maps grow, lists grow, and nothing that was read is changed', () => {
    const text = `
gateways: { gw: { on: h, nics: { wan: 192.0.2.1 }, nat: { masquerade: [a -> wan] } } }
networks: { lan: }
for:
  - n: 1..3
    gateways: { gw: { nics: { "n\${n}": "10.0.\${n}.1" }, nat: { masquerade: ["n\${n} -> wan"] } } }
    networks: { lan: { subnet: ["10.\${n}.0.0/16"] }, "n\${n}": }
use: [part.yaml, part.yaml]
`;
    expect(made(text, { 'part.yaml': 'policy: [x]\nnetworks: { lan: , n9: }' })).toEqual({
      gateways: {
        gw: {
          on: 'h',
          nics: { wan: '192.0.2.1', n1: '10.0.1.1', n2: '10.0.2.1', n3: '10.0.3.1' },
          nat: { masquerade: ['a -> wan', 'n1 -> wan', 'n2 -> wan', 'n3 -> wan'] },
        },
      },
      networks: { lan: { subnet: ['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'] }, n1: {}, n2: {}, n3: {}, n9: {} },
      policy: ['x', 'x'],
    });
  });

  test('aliases of one list stay apart', () => {
    const text = `
guests: { a: { listens: &l [80/tcp] }, b: { listens: *l } }
for: [{ n: 1..2, guests: { a: { listens: ["\${n}/udp"] } } }]
`;
    expect(made(text)).toEqual({
      guests: { a: { listens: ['80/tcp', '1/udp', '2/udp'] }, b: { listens: ['80/tcp'] } },
    });
  });

  test.each([
    ['two values', 'guests: { a: { on: x } }', 'guests: { a: { on: x } }'],
    ['a value and a list', 'guests: { a: { on: x } }', 'guests: { a: { on: [x] } }'],
    ['a list and a map', 'guests: { a: [x] }', 'guests: { a: { on: x } }'],
    ['a section of two sorts', 'guests: { a: {} }', 'guests: [a]'],
  ])('%s can be no one thing', (_, text, part) => {
    const { told, plain } = expand(`${text}\nuse: [part.yaml]`, { 'part.yaml': part });
    expect(told).toEqual([expect.stringMatching(/^duplicate-key part\.yaml:1:\d+$/)]);
    expect(JSON.parse(plain)).toEqual(parse(text));
  });

  test('a key that comes out twice', () => {
    const { told, plain, losses } = expand(
      'guests: { "a${1}": { on: x }, a1: { on: y } }\nhosts: { b: { k: 1, "${\'k\'}": 2 } }',
    );
    expect(told).toEqual(['duplicate-key 1:31', 'duplicate-key 2:21']);
    expect(JSON.parse(plain)).toEqual({ guests: { a1: { on: 'x' } }, hosts: {} });
    expect(losses.damaged).toEqual([
      { section: 'guests', name: 'a1' },
      { section: 'hosts', name: 'b' },
    ]);
  });
});
