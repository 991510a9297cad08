/** `trunkline fmt` on texts: what the normal form is, and what it leaves as it was. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import { formatTopology } from '../../server/topology/format/format.ts';
import { MAX_FILE_BYTES } from '../../server/topology/limits.ts';
import { readTopology } from '../../server/topology/read.ts';
import { withoutPlaces } from '../model/support/compile-text.ts';

function formatted(text: string, file = 'shop.yaml'): string {
  const { text: out, diagnostics } = formatTopology({ file, text });
  expect(diagnostics).toEqual([]);
  if (out === null) throw new Error('no text and no diagnostic');
  expect(formatTopology({ file, text: out }).text).toBe(out);
  return out;
}

const lines = (...list: readonly string[]): string => `${list.join('\n')}\n`;

describe('sections', () => {
  test('stand in the order of the language with an empty line between them', () => {
    const text =
      'for: []\nzebra: 1\nexpect: []\npolicy: []\ngateways: {}\nguests: {}\nhosts: {}\nnetworks: {}\nuse: []\nparameters: {}\ndescription: Two\ntopology: shop\n';
    expect(formatted(text)).toBe(
      lines(
        'topology: shop',
        'description: Two',
        '',
        ...['parameters: {}', '', 'use: []', '', 'networks: {}', '', 'hosts: {}', '', 'guests: {}', ''],
        ...['gateways: {}', '', 'policy: []', '', 'expect: []', '', 'for: []', '', 'zebra: 1'],
      ),
    );
  });

  test('take the comments above them along; those of the file stay at its head and foot', () => {
    const text = lines(
      '# yaml-language-server: $schema=topology.json',
      '# About the file',
      '',
      '# about hosts',
      'hosts: {}',
      '# about networks',
      'networks: # all of them',
      '  lan: {}',
      '  # end of networks',
      'topology: shop',
      '# the end',
    );
    expect(formatted(text)).toBe(
      lines(
        '# yaml-language-server: $schema=topology.json',
        '# About the file',
        '',
        'topology: shop',
        '',
        '# about networks',
        'networks: # all of them',
        '  lan: {}',
        '  # end of networks',
        '',
        '# about hosts',
        'hosts: {}',
        '# the end',
      ),
    );
  });

  test('stay where they are where an alias needs its anchor before it', () => {
    const text = lines('guests:', '  a: &a { on: h }', '  b: *a', '', 'topology: shop');
    expect(formatted(text)).toBe(text);
  });
});

describe('brackets', () => {
  test('stay where what they hold fits in 110 columns, and become lines where it does not', () => {
    const ports = (count: number): string =>
      Array.from({ length: count }, (_, index) => `p${String(index)}`).join(', ');
    const fits = `  h: { networks: [${ports(18)}], x: ${'w'.repeat(6)} }`;
    expect(fits).toHaveLength(110);
    expect(formatted(lines('hosts:', fits))).toBe(lines('hosts:', fits));
    expect(formatted(lines('hosts:', fits.replace('www', 'wwww')))).toBe(
      lines('hosts:', '  h:', `    networks: [${ports(18)}]`, '    x: wwwwwww'),
    );
  });

  test('around one item too long give each its own lines', () => {
    const text = `policy: [{ allow: 1/tcp, from: ${'a'.repeat(60)}, to: ${'b'.repeat(60)} }, {deny: any}]\n`;
    expect(formatted(text)).toBe(
      lines(
        'policy:',
        '  - allow: 1/tcp',
        `    from: ${'a'.repeat(60)}`,
        `    to: ${'b'.repeat(60)}`,
        '  - { deny: any }',
      ),
    );
  });

  test('are spaced in one way', () => {
    expect(formatted('networks: {lan: {subnet: [ 10.0.0.0/24,10.0.1.0/24 ]} , dmz: , wan: { } }')).toBe(
      'networks: { lan: { subnet: [10.0.0.0/24, 10.0.1.0/24] }, dmz:, wan: {} }\n',
    );
  });

  test('that hold a comment become lines', () => {
    const text = lines(
      'hosts: { # all',
      '  a: { x: 1 }, # first',
      '  # second',
      '  b: [ 1, 2 ]',
      '  # last',
      '} # closed',
    );
    expect(formatted(text)).toBe(
      lines('hosts: # all', '  a: { x: 1 } # first', '  # second', '  b: [1, 2]', '  # last', '# closed'),
    );
  });
});

describe('values', () => {
  test.each([
    ['"shop"', 'shop'],
    ["'it''s'", "it's"],
    ['"yes"', '"yes"'],
    ['"NO"', '"NO"'],
    ['"10"', '"10"'],
    ['"010"', '"010"'],
    ['010', '010'],
    ['0x10', '0x10'],
    ['True', 'true'],
    ['"true"', '"true"'],
    ['"null"', '"null"'],
    ['~', '~'],
    ['""', '""'],
    ['"1:30"', '"1:30"'],
    ['"2026-01-02"', '"2026-01-02"'],
    ['"1_000"', '"1_000"'],
    ['"a: b"', '"a: b"'],
    ['"a #b"', '"a #b"'],
    ['"a#b:c"', 'a#b:c'],
    ['"- a"', '"- a"'],
    ['"${n + 1}"', '"${n + 1}"'],
    [`'say: "no"'`, `'say: "no"'`],
    ['"\\u202e\\n"', '"\\u202e\\n"'],
    ['two\n  lines', 'two lines'],
    ['443/tcp -> web1:8443', '443/tcp -> web1:8443'],
    ['"app-*"', 'app-*'],
    ['"*-app"', '"*-app"'],
  ])('%s becomes %s', (from, to) => {
    expect(formatted(`x: ${from}\n`)).toBe(`x: ${to}\n`);
  });

  test('a comma needs quotes between brackets only', () => {
    expect(formatted('x: "80,443/tcp"\ny: ["80,443/tcp", 1]\n')).toBe('x: 80,443/tcp\n\ny: ["80,443/tcp", 1]\n');
  });

  test('addresses are canonical where they are addresses', () => {
    const text = lines(
      'topology: shop',
      'description: Over 2001:DB8::1',
      'networks:',
      '  lan:',
      '    description: At 2001:DB8:0::/64',
      '    subnet: [10.1.0.0/16, 2001:DB8:0:0::/64, "2001:DB8::1/64"]',
      'guests: { a: { nics: { lan: { address: 2001:DB8::A, mac: 02:00:00:01:02:0A } } } }',
      'gateways: { g: { nat: { publish: ["[2001:DB8::1]:443/tcp -> a:443", { listen: "[2001:DB8::2]:25" }] } } }',
      'policy: [{ allow: any, from: [2001:DB8::/32, p3/2001:DB8::/32], to: 192.0.2.1 }]',
      'for: [{ n: ["2001:DB8::1"], networks: { lan: { router: 2001:DB8::1 } } }]',
      'parameters: { a: 2001:DB8::1 }',
    );
    expect(formatted(text)).toBe(
      lines(
        'topology: shop',
        'description: Over 2001:DB8::1',
        '',
        'parameters: { a: "2001:DB8::1" }',
        '',
        'networks:',
        '  lan:',
        '    description: At 2001:DB8:0::/64',
        '    subnet: [10.1.0.0/16, "2001:db8::/64", "2001:DB8::1/64"]',
        '',
        'guests: { a: { nics: { lan: { address: "2001:db8::a", mac: "02:00:00:01:02:0a" } } } }',
        '',
        'gateways: { g: { nat: { publish: ["[2001:db8::1]:443/tcp -> a:443", { listen: "[2001:db8::2]:25" }] } } }',
        '',
        'policy: [{ allow: any, from: ["2001:db8::/32", p3/2001:db8::/32], to: 192.0.2.1 }]',
        '',
        'for: [{ n: ["2001:DB8::1"], networks: { lan: { router: "2001:db8::1" } } }]',
      ),
    );
  });

  test('blocks of text keep their lines', () => {
    expect(
      formatted('topology: shop\ndescription: |  # long\n      One\n        two\n\n      three\nhosts: {}\n'),
    ).toBe(lines('topology: shop', '', '# long', 'description: |', '  One', '    two', '', '  three', '', 'hosts: {}'));
  });

  test('a block that keeps its last line feeds becomes one line', () => {
    expect(formatted('x: |+\n  a\n\n\ny: 1\n')).toBe('x: "a\\n\\n\\n"\n\ny: 1\n');
  });
});

describe('lines', () => {
  test('are indented by two, with one empty line at most between them and none at the start of a block', () => {
    const text =
      'hosts:\n\n\n    a:\n        x: 1\n\n\n\n        y:\n        - 1\n        -   z: 2\n            w: 3\n\n\n';
    expect(formatted(text)).toBe(
      lines('hosts:', '  a:', '    x: 1', '', '    y:', '      - 1', '      - z: 2', '        w: 3'),
    );
  });

  test('end in a line feed, whatever they ended in', () => {
    expect(formatted('\uFEFFtopology: shop\r\nhosts:\r\n  a: 1 # c\r\n  b: 2')).toBe(
      'topology: shop\n\nhosts:\n  a: 1 # c\n  b: 2\n',
    );
  });

  test('of directives and document marks go away', () => {
    expect(formatted('%YAML 1.2\n# c\n---\ntopology: shop\n...\n')).toBe('# c\ntopology: shop\n');
  });
});

describe('JSON', () => {
  const json = '{"policy":[],"topology":"shop",\n"networks":{"lan":{"subnet":["2001:DB8::/64"]},\n"a": {}}}';

  test('stays JSON', () => {
    const out = formatted(json, 'shop.json');
    expect(out).toBe(
      lines(
        '{',
        '  "topology": "shop",',
        '  "networks": {',
        '    "lan": { "subnet": ["2001:db8::/64"] },',
        '    "a": {}',
        '  },',
        '  "policy": []',
        '}',
      ),
    );
    expect(formatted(json, 'stdin')).toBe(out);
  });

  test('becomes strict where it was not', () => {
    expect(formatted("{topology: shop, 'hosts': {a: 0x10, b: 1.50}}", 'shop.json')).toBe(
      lines('{', '  "topology": "shop",', '  "hosts": { "a": "0x10", "b": 1.50 }', '}'),
    );
  });

  test.each(['{"a": 1} # c', '{"a": &x 1}', '{"a": &x 1, "b": *x}'])('%s cannot', (text) => {
    expect(() => formatTopology({ file: 'shop.json', text })).toThrow(Failure);
  });
});

describe('what cannot be read', () => {
  test.each(['a: [1', 'a: 1\na: 2', 'a: !x 1', '', '<<: {}', 'a: *x', 'a: \u0000'])('%j is told of', (text) => {
    const { text: out, diagnostics } = formatTopology({ file: 'x.yaml', text });
    expect(out).toBeNull();
    expect(diagnostics.length).toBeGreaterThan(0);
  });

  test('what would be too large afterwards stays as it is', () => {
    const text = `{"x":"${'a'.repeat(MAX_FILE_BYTES - 8)}"}`;
    expect(text).toHaveLength(MAX_FILE_BYTES);
    expect(() => formatTopology({ file: 'x.json', text })).toThrow('too large in normal form');
  });

  test('what is wrong in meaning only is formatted', () => {
    expect(formatted('hosts: [1]\nnetwerks:   {}\n')).toBe('hosts: [1]\n\nnetwerks: {}\n');
    expect(formatted('- a\n-   b # c\n# d\n')).toBe('- a\n- b # c\n# d\n');
  });
});

describe('files', () => {
  const root = join(import.meta.dirname, '../..');
  const files = ['topologies', 'test/rejects', 'test/lab'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(yaml|json)$/.test(name))
      .map((name) => join(folder, name)),
  );

  test.each(files)('%s says the same afterwards', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const { text: out } = formatTopology({ file, text });
    if (out === null) return;
    expect(formatTopology({ file, text: out }).text).toBe(out);
    const [before, after] = [text, out].map((each) => readTopology({ file, text: each }));
    expect(after?.diagnostics.map(({ code }) => code).sort()).toEqual(
      before?.diagnostics.map(({ code }) => code).sort(),
    );
    expect(withoutTexts(after?.topology)).toEqual(withoutTexts(before?.topology));
  });

  test('are read at all', () => {
    expect(files.filter((file) => file.startsWith('topologies')).length).toBeGreaterThan(2);
  });
});

/** Without places, and without the texts as written, in which an address may have another form now. */
function withoutTexts(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(withoutPlaces(value ?? null), (key, member: unknown) => {
      if (key === 'text') return '';
      // The place where it stands, or nothing.
      return key === 'auto' ? member !== null : member;
    }),
  );
}
