/** `trunkline schema` in an editor: a topology file that names the schema, open in the real yaml-language-server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { topologySchema } from '../../server/topology/json-schema/generate.ts';
import { startLanguageServer, type LanguageServer } from './language-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-schema-'));
const uri = (name: string): string => `file://${join(folder, name)}`;
let server: LanguageServer;

const MODELINE = '# yaml-language-server: $schema=topology.schema.json';
const TEXT = [
  MODELINE,
  'topology: shop',
  'networks:',
  '  lan: { vlan: 10, subnet: 10.0.0.0/24 }',
  '  dmz:',
  '    ',
  'guests:',
  '  web: { on: here, runs: netns, nics: { lan: 10.0.0.10 } }',
  'for:',
  '  - n: 1..3',
  '    networks: { "app-${n}": { vlan: "${200 + n}", subnet: "${subnet(\'10.8.0.0/13\', 24, n)}" } }',
].join('\n');

function open(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  server.notify('textDocument/didOpen', { textDocument: { uri: uri(name), languageId: 'yaml', version: 1, text } });
}

beforeAll(async () => {
  writeFileSync(join(folder, 'topology.schema.json'), JSON.stringify(topologySchema()));
  server = await startLanguageServer(folder);
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe('an editor', () => {
  test('finds nothing wrong in a right file', async () => {
    open('right.yaml', TEXT.replace('    \n', '    vlan: 11\n'));
    expect(await server.diagnosticsOf(uri('right.yaml'))).toEqual([]);
  });

  test('names a wrong key in its line', async () => {
    open('wrong.yaml', TEXT.replace('vlan: 10,', 'vlann: 10,'));
    const found = await server.diagnosticsOf(uri('wrong.yaml'));
    expect(found.map(({ message, range }) => [range.start.line, message])).toEqual([
      [3, expect.stringContaining('vlann') as string],
    ]);
  });

  test('offers the keys that may stand in a place', async () => {
    open('shop.yaml', TEXT);
    const position = { line: 5, character: 4 };
    const answer = await server.request('textDocument/completion', {
      textDocument: { uri: uri('shop.yaml') },
      position,
    });
    const labels = (answer as { items: { label: string }[] }).items.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['vlan', 'subnet', 'router', 'transport', 'isolated', 'realm']));
    expect(labels).not.toContain('access');
  });

  test('offers the words that a key takes', async () => {
    const line = TEXT.split('\n').findIndex((each) => each.includes('runs: netns'));
    const position = { line, character: (TEXT.split('\n')[line] ?? '').indexOf('netns') };
    const answer = await server.request('textDocument/completion', {
      textDocument: { uri: uri('shop.yaml') },
      position,
    });
    const labels = (answer as { items: { label: string }[] }).items.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['external', 'netns', 'vm']));
  });

  test('says what a key means', async () => {
    const hover = await server.request('textDocument/hover', {
      textDocument: { uri: uri('shop.yaml') },
      position: { line: 3, character: 10 },
    });
    expect(JSON.stringify(hover)).toContain('VLAN id on the ports of bridges');
  });
});
