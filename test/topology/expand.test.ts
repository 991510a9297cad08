import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { expandTree } from '../../server/topology/expand/expand.ts';
import { collectProblems } from '../../server/topology/problems.ts';
import { nodeAt } from '../../server/topology/tree.ts';
import { readYaml } from '../../server/topology/yaml/read-yaml.ts';
import { at, expand, made, reader } from './support/expand.ts';

describe('the language page', () => {
  const FOR = `parameters: { platforms: 3 }       # defaults; set with \`--set platforms=2\` or by \`with:\` of a \`use\`; read as \${platforms}

for:                                # replicate
  - n: 1..\${platforms}
    networks: { "app-\${n}": { vlan: "\${200 + n}", subnet: "\${subnet('10.8.0.0/13', 24, n)}" } }
    guests:   { "srv-\${n}": { on: "\${n % 2 == 0 ? 'gw-x' : 'gw-y'}", nics: { "app-\${n}": auto } } }
`;

  test('for', () => {
    expect(made(FOR)).toEqual(
      parse(`
networks:
  app-1: { vlan: 201, subnet: 10.8.1.0/24 }
  app-2: { vlan: 202, subnet: 10.8.2.0/24 }
  app-3: { vlan: 203, subnet: 10.8.3.0/24 }
guests:
  srv-1: { on: gw-y, nics: { app-1: auto } }
  srv-2: { on: gw-x, nics: { app-2: auto } }
  srv-3: { on: gw-y, nics: { app-3: auto } }
`),
    );
    expect(Object.keys((made(FOR, {}, { platforms: '14' }) as { guests: object }).guests)).toHaveLength(14);
    expect(made(FOR, {}, { platforms: '0' })).toEqual({});
  });

  test('use', () => {
    const use = `use:                                # parts from other files, as they are or with parameters
  - ./parts/monitoring.yaml
  - { file: ./parts/app-network.yaml, with: { name: crm, vlan: 301 } }
`;
    const files = {
      'parts/monitoring.yaml': 'topology: monitoring\ndescription: on its own\nguests: { probe: { on: gw-x } }\n',
      'parts/app-network.yaml': 'parameters: { name: , vlan: 300 }\nnetworks: { "${name}": { vlan: "${vlan}" } }\n',
    };
    expect(made(use, files)).toEqual({ guests: { probe: { on: 'gw-x' } }, networks: { crm: { vlan: 301 } } });
  });
});

describe('what comes out', () => {
  test('one expression and nothing else keeps its sort, anything around it makes text', () => {
    expect(
      made('parameters: { n: 7, up: true, site: x }\na: ["${n}", "${n} ", "${up}", "${up}!", "${site}", "${n == 7}"]'),
    ).toEqual({
      a: [7, '7 ', true, 'true!', 'x', true],
    });
  });

  test('is never read as YAML', () => {
    const set = { site: '{ a: [1, &x "2"] }\nb: *x # ${n}' };
    expect(made('parameters: { site: x }\na: { b: "${site}", "k-${site}": 1 }', {}, set)).toEqual({
      a: { b: set.site, [`k-${set.site}`]: 1 },
    });
  });

  test('`$${` is taken back, in values and in keys', () => {
    expect(made('a: "$${n}"\nb: { "$${b}": ["$$${c}"] }\nc: 5$\nd: "$x"')).toEqual({
      a: '${n}',
      b: { '${b}': ['$${c}'] },
      c: '5$',
      d: '$x',
    });
  });

  test('no key and no variable means anything special to JavaScript', () => {
    const text = `
parameters: { __proto: p, constructor: c }
networks: { "\${'__proto__'}": { "\${'toString'}": 1 }, "\${constructor}": {} }
`;
    const { plain, told } = expand(text);
    expect(told).toEqual(['invalid-name 2:15']);
    expect(plain).toBe('{"networks":{"__proto__":{"toString":1},"c":{}}}');
    expect(expand('for: [{ n: [__proto__, constructor], guests: { "${n}": { on: "${n}" } } }]').plain).toBe(
      '{"guests":{"__proto__":{"on":"__proto__"},"constructor":{"on":"constructor"}}}',
    );
    expect(expand('a: "${hasOwnProperty}${__proto__}"').told).toEqual([
      'unknown-variable 1:7',
      'unknown-variable 1:24',
    ]);
  });

  test('a tree without templates is left as it is', () => {
    const problems = collectProblems();
    const tree = readYaml({ file: 'a', text: 'networks: { lan: { vlan: 1 } }\npolicy: [{ allow: any }]' }, problems);
    if (tree?.type !== 'map') throw new Error('no map');
    const { tree: same } = expandTree(tree, 'a', { set: new Map(), readPart: reader({}) }, problems);
    expect(nodeAt(same, ['networks'])).toBe(nodeAt(tree, ['networks']));
    expect(nodeAt(same, ['policy'])).toBe(nodeAt(tree, ['policy']));
  });
});

describe('for', () => {
  test('the first variable changes slowest; lists keep the sort of their values', () => {
    const text = 'for: [{ a: [x, 2, true], b: 1..2, policy: [{ allow: "${a}", log: "${b}" }] }]';
    expect(made(text)).toEqual({
      policy: ['x', 'x', 2, 2, true, true].map((allow, index) => ({ allow, log: (index % 2) + 1 })),
    });
  });

  test('ranges', () => {
    const rounds = (range: string): unknown =>
      (made(`for: [{ n: ${range}, policy: ["\${n}"] }]`) as { policy?: unknown }).policy;
    expect(rounds('1..3')).toEqual([1, 2, 3]);
    expect(rounds('-1..1')).toEqual([-1, 0, 1]);
    expect(rounds('" 7 .. 7 "')).toEqual([7]);
    expect(rounds('1..0')).toBeUndefined();
    expect(rounds('"${1}..${2 * 2}"')).toEqual([1, 2, 3, 4]);
    expect(rounds('"${1}..${-5}"')).toBeUndefined();
    expect(rounds('[]')).toBeUndefined();
    expect(rounds('["${1 + 1}", b]')).toEqual([2, 'b']);
  });

  test('inside each other, and with uses inside', () => {
    const text = `
for:
  - a: 1..2
    for:
      - b: 1..\${a}
        guests: { "g\${a}\${b}": { on: "h\${a}" } }
        use: [{ file: "part-\${b}.yaml", with: { a: "\${a}" } }]
`;
    const part = 'parameters: { a: 0 }\nhosts: { "x${a}": { access: local } }';
    expect(made(text, { 'part-1.yaml': part, 'part-2.yaml': 'parameters: { a: 0 }\npolicy: ["${a}"]' })).toEqual({
      guests: { g11: { on: 'h1' }, g21: { on: 'h2' }, g22: { on: 'h2' } },
      hosts: { x1: { access: 'local' }, x2: { access: 'local' } },
      policy: [2],
    });
  });

  test('nothing but the rounds of it knows the variable', () => {
    expect(expand('for:\n  - n: 1..2\n    policy: ["${n}"]\npolicy: ["${n}"]').told).toEqual(['unknown-variable 4:13']);
  });

  test('what is wrong with a template is told even where it is never made', () => {
    expect(expand('for:\n  - n: 1..0\n    policy: ["${n +}", "${m}"]').told).toEqual([
      'invalid-expression 3:20',
      'unknown-variable 3:27',
    ]);
  });
});

describe('parameters', () => {
  const text = 'parameters: { n: 3, site: x, up: false, uplink: }\na: ["${n}", "${site}", "${up}", "${uplink}"]';

  test('settings take the sort of the default; without one, what they look like', () => {
    const set = { n: '-4', site: '12', up: 'true', uplink: '7' };
    expect(made(text, {}, set)).toEqual({ a: [-4, '12', true, 7] });
    expect(made(text, {}, { uplink: 'eno1' })).toEqual({ a: [3, 'x', false, 'eno1'] });
    expect(made(text, {}, { uplink: '007' })).toEqual({ a: [3, 'x', false, '007'] });
  });

  test.each([
    ['of another sort', { n: 'three' }, 'Parameter n takes a whole number'],
    ['not whole', { n: '1.5' }, 'Parameter n takes a whole number'],
    ['too large', { n: '9007199254740992' }, 'Parameter n takes a whole number'],
    ['no truth', { up: 'yes' }, 'Parameter up takes `true` or `false`'],
    ['unknown', { sight: 'y' }, 'No parameter `sight`'],
    ['__proto__', JSON.parse('{ "__proto__": "1" }') as Record<string, string>, 'No parameter `__proto__`'],
  ])('a setting that is %s is refused', (_, set, summary) => {
    const { refused } = expand(text, {}, set);
    expect(refused?.summary).toBe(summary);
  });

  test('an unknown one is answered with the nearest', () => {
    expect(expand(text, {}, { sitte: 'y' }).refused?.detail).toBe(
      'Did you mean site? Its parameters are: n, site, up, uplink.',
    );
  });

  test('one without a value is told at its declaration, and nowhere else', () => {
    expect(expand(text).told).toEqual(['missing-key 1:41']);
  });

  test('one that nothing speaks of is a warning, in parts too', () => {
    const files = { 'part.yaml': 'description: "${d}"\nparameters: { a: 1, b: 2, c: 3, d: 4 }\npolicy: ["${a}"]' };
    const text = 'parameters: { x: 1, y: 2 }\nuse: [{ file: part.yaml, with: { a: "${x}" } }]';
    expect(expand(text, files).told).toEqual(['unused part.yaml:2:21', 'unused part.yaml:2:27', 'unused 1:21']);
  });

  test("whether one is used is not guessed where an expression can't be read", () => {
    expect(expand('parameters: { x: 1 }\na: "${x +}"').told).toEqual(['invalid-expression 2:10']);
  });
});

describe('places', () => {
  const TEXT = `networks: { lan: { vlan: 1 } }
for:
  - n: 1..2
    guests: { "g\${n}": { on: h, nics: { lan: "10.0.0.\${n}" } } }
use: [{ file: part.yaml, with: { name: crm } }]
`;
  const PART = 'parameters: { name: }\nfor: [{ m: [a], networks: { "${name}-${m}": { vlan: 5 } } }]';
  const outcome = expand(TEXT, { 'part.yaml': PART });

  test('what simply stands there has its own', () => {
    expect(at(outcome, 'networks', 'lan', 'vlan').place).toEqual({ file: 'shop.yaml', line: 1, column: 26 });
  });

  test('what was repeated has that of the template, and the round', () => {
    const round = { type: 'for', place: { file: 'shop.yaml', line: 3, column: 5 }, values: [{ name: 'n', value: 2 }] };
    expect(at(outcome, 'guests', 'g2', 'on')).toMatchObject({
      text: 'h',
      place: { file: 'shop.yaml', line: 4, column: 30, via: round },
      inside: { file: 'shop.yaml', line: 4, column: 30, via: round },
    });
    expect(at(outcome, 'guests', 'g2', 'nics', 'lan')).toMatchObject({
      value: '10.0.0.2',
      place: { file: 'shop.yaml', line: 4, column: 46, via: round },
      inside: null,
      template: '10.0.0.${n}',
    });
    expect(at(outcome, 'guests', 'g1').place.via).toBe(at(outcome, 'guests', 'g1', 'on').place.via);
    expect(at(outcome, 'guests', 'g1').place.via).not.toBe(at(outcome, 'guests', 'g2').place.via);
  });

  test('what came from a part tells of its use, from the inside out', () => {
    const via = {
      type: 'for',
      place: { file: 'part.yaml', line: 2, column: 7 },
      values: [{ name: 'm', value: 'a' }],
      outer: {
        type: 'use',
        place: { file: 'shop.yaml', line: 5, column: 7 },
        values: [{ name: 'name', value: 'crm' }],
        outer: undefined,
      },
    };
    expect(at(outcome, 'networks', 'crm-a', 'vlan').place).toMatchObject({
      file: 'part.yaml',
      line: 2,
      column: 53,
      via,
    });
  });
});
