/** The JSON Schema of topology files, held against what Trunkline itself reads, in a validator of somebody else. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readTopology } from '../../server/topology/read.ts';
import { SCHEMA_ID, topologySchema } from '../../server/topology/json-schema/generate.ts';
import { ALL_FORMS } from '../../server/topology/schema/forms.ts';
import { sketches, sketchText } from '../support/random-topology.ts';

const schema = topologySchema();
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false }).compile(schema);

function errorsOf(text: string): readonly string[] | null {
  return validate(parse(text)) ? null : (validate.errors ?? []).map(({ instancePath }) => instancePath);
}

const ROOT = join(import.meta.dirname, '../..');
const shipped = readdirSync(join(ROOT, 'topologies'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);

describe('right files', () => {
  test.each(shipped)('%s is valid', (name) => {
    expect(errorsOf(readFileSync(join(ROOT, 'topologies', name), 'utf8'))).toBeNull();
  });

  test('there are some', () => {
    expect(shipped.length).toBeGreaterThan(2);
  });

  test('so is whatever else is read without an error', () => {
    fc.assert(
      fc.property(sketches({ vlans: true }), (sketch) => {
        expect(errorsOf(sketchText(sketch))).toBeNull();
      }),
      { seed: 20_261_121, numRuns: 200 },
    );
  });

  test.each([
    'networks: { lan: , dmz: {} }',
    'networks:\nguests:\npolicy:\n',
    'parameters: { platforms: 14, name: crm, redundant: true, uplink: }',
    'for:\n  - n: 1..${platforms}\n    site: [north, 3, true]\n    networks: { "app-${n}": { vlan: "${200 + n}", external: "${n == 1}" } }\n    for: [{ m: 1..2 }]',
    'for: [{ n: 1..3, guests: { "g${n}": { on: "h${n % 2}", nics: { lan: auto } } } }]',
    'use:\n  - ./parts/a.yaml\n  - { file: "./parts/${name}.yaml", with: { name: crm, vlan: 301, x: "${n}" } }',
    'use: [./parts/a.yaml]',
    'for: [{ n: 1..3, hosts: { server: { bridges: { "br${n}": } } } }]',
    'guests: { web: , mail: { listens: 25 } }',
    'guests: { web: { on: here, runs: "${kind}", listens: [53, 8443/tcp] } }',
    'hosts: { "h${n}": { access: "ssh://root@h${n}.example.net", bridges: { "br${n}": } } }',
    'gateways: { g: { on: [a, b], nics: { wan: { address: { a: 192.0.2.2, b: 192.0.2.3 }, shared: 192.0.2.1 } } } }',
  ])('%j is valid', (text) => {
    expect(errorsOf(text)).toBeNull();
  });
});

describe('wrong files', () => {
  test.each([
    ['a key that is not known', 'netwerks: {}', ''],
    ['a key further in', 'networks: { lan: { vlann: 3 } }', '/networks/lan'],
    ['text for a number', 'networks: { lan: { vlan: three } }', '/networks/lan/vlan'],
    ['a number out of range', 'networks: { lan: { vlan: 5000 } }', '/networks/lan/vlan'],
    ['text for true or false', 'networks: { lan: { external: maybe } }', '/networks/lan/external'],
    ['a word that is not one of a few', 'guests: { web: { on: h, runs: docker } }', '/guests/web/runs'],
    ['a prefix without a length', 'networks: { lan: { subnet: 10.0.0.0 } }', '/networks/lan/subnet'],
    ['an address that is none', 'networks: { lan: { router: 10.0.0.256 } }', '/networks/lan/router'],
    ['a name that is none', 'networks: { Lan: {} }', '/networks'],
    ['a map for a list', 'policy: { allow: any }', '/policy'],
    ['a list for a map', 'networks: [lan]', '/networks'],
    ['a rule without ends', 'policy: [{ allow: any }]', '/policy/0'],
    ['an empty list of hosts', 'gateways: { g: { on: [] } }', '/gateways/g/on'],
    ['a part without a file', 'use: [{ with: { a: 1 } }]', '/use/0'],
    ['a parameter that is a list', 'parameters: { a: [1] }', '/parameters/a'],
    ['a range that is none', 'for: [{ n: 1-3 }]', '/for/0/n'],
    ['a wrong key in a section of for', 'for: [{ n: 1..3, networks: { a: { vlann: 3 } } }]', '/for/0/networks/a'],
  ])('%s is refused', (_, text, where) => {
    expect(errorsOf(text)).toContain(where);
    // The reader has something to say of it too.
    expect(readTopology({ file: 'x.yaml', text: `topology: x\n${text}` }).diagnostics).not.toEqual([]);
  });
});

describe('the schema', () => {
  test('demands what an entry needs where all of it is in sight', () => {
    const whole = new Ajv2020({ strict: false }).compile(topologySchema({ whole: true }));
    expect(whole(parse('guests: { web: { on: here } }'))).toBe(true);
    expect(whole(parse('guests: { web: { listens: 25 } }'))).toBe(false);
    expect(whole(parse('guests: { web: }'))).toBe(false);
  });

  test('is no riddle to readers of older drafts', () => {
    const { $schema: _, $id: id, ...rest } = schema;
    expect(id).toBe(SCHEMA_ID);
    const older = new Ajv({ strict: false }).compile(rest);
    expect(older(parse('networks: { lan: { vlan: 3 } }'))).toBe(true);
    expect(older(parse('networks: { lan: { vlann: 3 } }'))).toBe(false);
    expect(JSON.stringify(schema)).not.toMatch(
      /"(prefixItems|unevaluated\w+|dependentSchemas|dependentRequired|\$dynamicRef)"/,
    );
  });

  test('says of every key what it means', () => {
    const silent: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const { properties } = value as { properties?: Record<string, { description?: string; $ref?: string }> };
      for (const [key, each] of Object.entries(properties ?? {}))
        if (each.description === undefined && each.$ref === undefined) silent.push(`${path}.${key}`);
      for (const [key, each] of Object.entries(value)) visit(each, `${path}/${key}`);
    };
    visit(schema, '');
    expect(silent).toEqual([]);
  });
});

describe.each([...ALL_FORMS])('the form of %o', (parseText, { title, pattern, examples }) => {
  const matches = (text: string): boolean => pattern === null || new RegExp(`^(?:${pattern})$`, 'u').test(text);

  test.each(examples)(`${title}: %s is one`, (example) => {
    expect(parseText(example).ok).toBe(true);
    expect(matches(example)).toBe(true);
  });

  test(`${title}: fits whatever its grammar takes`, () => {
    const pieces = fc.constantFrom(
      ...[
        'a',
        'web1',
        'app-',
        '*',
        '1',
        '53',
        '443',
        '8',
        '0',
        '.',
        ':',
        '::',
        '/',
        '/24',
        '/64',
        '-',
        '->',
        '<->',
        ' ',
        ',',
      ],
      ...[
        'tcp',
        'udp',
        'icmp',
        'any',
        'auto',
        'host',
        'default',
        'local',
        'ssh://root@',
        '@',
        '[',
        ']',
        'G',
        'M',
        'low24',
      ],
      ...['10.0.0.1', '10.0.0.0', '2001:db8::1', '2001:DB8::', '02', 'ff', 'internet', '255.255.255.255', '_', 'E'],
      ...examples,
    );
    const texts = fc.array(pieces, { maxLength: 5 }).map((parts) => parts.join(''));
    const around = fc.tuple(fc.constantFrom('', ' '), texts, fc.constantFrom('', ' ')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(around, (text) => {
        if (parseText(text).ok) expect(matches(text), text).toBe(true);
      }),
      { seed: 20_261_121, numRuns: 3_000 },
    );
  });
});
