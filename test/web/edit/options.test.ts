import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { topologySchema } from '../../../server/topology/json-schema/generate.ts';
import { explanationAt } from '../../../web/modes/edit/yaml/explain.ts';
import type { Options } from '../../../web/modes/edit/yaml/options.ts';
import { NOTHING_KNOWN, optionsAt } from '../../../web/modes/edit/yaml/options.ts';
import { scan } from '../../../web/modes/edit/yaml/scan.ts';

const schema = topologySchema();

const FILE = `topology: demo
networks:
  lan: { subnet: 10.1.1.0/24 }
  wan: { subnet: 192.0.2.0/24, external: true }
hosts:
  box: { access: local, bridges: { br0: {} } }
  far:
    access: ssh://root@far
guests:
  web1: { on: box, nics: { lan: 10.1.1.10 } }
`;

/** What is offered at `│` of a text. */
function at(text: string): { readonly found: Options | null; readonly labels: readonly string[] } {
  const position = text.indexOf('│');
  const found = optionsAt(schema, text.replace('│', ''), position);
  return { found, labels: found?.options.map(({ label }) => label) ?? [] };
}

function inserted(text: string, label: string): string {
  const { found } = at(text);
  const option = found?.options.find((each) => each.label === label);
  if (found === null || option === undefined) throw new Error(`${label} is not offered`);
  const plain = text.replace('│', '');
  return plain.slice(0, found.from) + option.insert + plain.slice(found.to);
}

test('sections at the top, without those that are there', () => {
  const { labels } = at(`${FILE}│`);
  expect(labels).toContain('policy');
  expect(labels).toContain('gateways');
  expect(labels).not.toContain('guests');
});

test('a key that is begun is replaced, and what is in a section goes on the next line', () => {
  expect(inserted(`${FILE}gat│`, 'gateways')).toBe(`${FILE}gateways:\n  `);
  expect(inserted(`${FILE}pol│`, 'policy')).toBe(`${FILE}policy:\n  - `);
  expect(inserted('topology: a\nhosts:\n  box:\n    acc│', 'access')).toBe('topology: a\nhosts:\n  box:\n    access: ');
});

test.each([
  ['in brackets', 'guests:\n  web1: { │ }', ['on', 'nics', 'listens']],
  ['after a comma', 'guests:\n  web1: { on: box, │', ['nics', 'listens']],
  ['on lines of its own', 'guests:\n  web1:\n    on: box\n    │', ['nics', 'listens']],
  ['in an item', 'policy:\n  - │', ['allow', 'deny', 'from', 'to']],
  ['in an item that goes on', 'policy:\n  - allow: 80/tcp\n    │', ['from', 'to']],
  ['in an item as far to the left as its list', 'policy:\n- allow: 80/tcp\n  │', ['from', 'to']],
  ['in a bracket over several lines', 'hosts:\n  box: {\n    access: local,\n    │', ['bridges', 'nics']],
  ['in what is repeated', 'for:\n  - n: 1..3\n    networks:\n      app:\n        │', ['vlan', 'subnet']],
  ['before what follows', 'guests:\n  web1:\n    │\n  web2: { on: box }\n', ['on', 'nics']],
])('keys %s', (_, text, wanted) => {
  expect(at(text).labels).toEqual(expect.arrayContaining(wanted));
  expect(at(text).labels).not.toContain('topology');
});

test('a key that a map has is not offered again, in brackets and on lines', () => {
  expect(at('guests:\n  web1: { on: box, │ }').labels).not.toContain('on');
  expect(at('guests:\n  web1:\n    on: box\n    │\n    nics: {}\n').labels).not.toContain('on');
  expect(at('guests:\n  web1:\n    on: box\n    │\n    nics: {}\n').labels).not.toContain('nics');
  expect(at('guests:\n  web1:\n    on: box\n  web2:\n    │\n').labels).toContain('on');
});

test.each([
  ['hosts', `${FILE}  web2: { on: │`, ['box', 'far']],
  ['hosts in a list', `${FILE}gateways:\n  gw: { on: [box, │`, ['box', 'far']],
  ['networks as keys of nics', `${FILE}  web2:\n    nics:\n      │`, ['lan', 'wan']],
  ['ends of a flow', `${FILE}policy:\n  - { allow: any, from: │`, ['internet', 'lan', 'web1', 'box']],
  ['ends in a list', `${FILE}policy:\n  - to:\n      - │`, ['internet', 'lan', 'web1']],
  ['words', 'guests:\n  a:\n    runs: │', ['external', 'netns', 'vm']],
  ['yes or no', 'networks:\n  a: { external: │', ['true', 'false']],
  ['examples', 'networks:\n  a: { subnet: │', ['10.1.1.0/24']],
])('values: %s', (_, text, wanted) => {
  expect(at(text).labels).toEqual(expect.arrayContaining(wanted));
});

test('of a value of several pieces the last one is replaced', () => {
  const text = `${FILE}gateways:\n  gw:\n    nat: { masquerade: [lan -> w│`;
  expect(inserted(text, 'wan').endsWith('masquerade: [lan -> wan')).toBe(true);
  const published = `${FILE}gateways:\n  gw:\n    nat:\n      publish: 443/tcp -> │`;
  expect(at(published).labels).toContain('web1');
});

test('names that templates make are known from the compiled file', () => {
  const text = `${FILE}  web2: { on: `;
  const found = optionsAt(schema, text, text.length, { ...NOTHING_KNOWN, hosts: ['hub-7'] });
  expect(found?.options.map(({ label }) => label)).toContain('hub-7');
});

test('variables inside an expression', () => {
  const text = 'parameters:\n  chains: 3\nfor:\n  - n: 1..3\n    networks:\n      "app-${│}": {}\n  - m: 1..2\n';
  expect(at(text).labels).toEqual(['chains', 'n']);
});

test('an example entry of a section is offered, and is right as it is', () => {
  const { found } = at('topology: a\nnetworks:\n  │');
  const example = found?.options.find(({ type }) => type === 'example');
  expect(parseDocument(`topology: a\nnetworks:\n  ${example?.insert ?? '['}\n`).toJS()).toEqual({
    topology: 'a',
    networks: { shop: { vlan: 101, subnet: ['10.1.1.0/24', '2001:db8:1::/64'] } },
  });
});

test.each([
  'topology: a # │',
  '# │',
  'topology: a\ndescription: |\n  text │',
  'topology: a # guests: │',
  'networks: { lan: {} }│',
])('nothing where nothing of the language stands: %j', (text) => {
  expect(at(text).found).toBeNull();
});

test('what a key is for, but nothing for names', () => {
  expect(explanationAt(schema, FILE, FILE.indexOf('subnet') + 2)).toMatchObject({
    key: 'subnet',
    takes: 'prefix, or list of prefix',
    example: 'subnet: 10.1.1.0/24',
  });
  expect(explanationAt(schema, FILE, FILE.indexOf('web1') + 1)).toBeNull();
  expect(explanationAt(schema, FILE, FILE.indexOf('local') + 1)).toBeNull();
});

test.each(['office', 'app-vlans', 'satellite-hub', 'vgw-cluster', 'mail-filter'])(
  'every key of %s is found where the YAML library finds it, and known to the schema',
  (name) => {
    const text = readFileSync(new URL(`../../../topologies/${name}/${name}.yaml`, import.meta.url), 'utf8');
    const value: unknown = parseDocument(text).toJS();
    const keys = scan(text).entries.filter(({ type }) => type === 'key');
    for (const { path } of keys) {
      const found = path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);
      expect(found, path.join('.')).not.toBeUndefined();
    }
    expect(keys).toHaveLength(countKeys(value));
  },
);

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, each) => sum + countKeys(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

test('any text, cut anywhere, is read to its end', () => {
  const piece = fc.constantFrom(
    'a',
    ':',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '#',
    ' ',
    '\n',
    '|',
    '${',
    '\r',
    '---',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(80), (pieces, cut) => {
      const text = pieces.join('');
      const found = optionsAt(schema, text, Math.min(cut, text.length));
      if (found !== null) expect(found.from).toBeLessThanOrEqual(found.to);
      for (const { from, to } of scan(text).entries) expect(text.slice(from, to).trim()).not.toBe('');
    }),
    { seed: 7, numRuns: 2_000 },
  );
});
