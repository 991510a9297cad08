import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileFile } from '../../server/model/compile-file.ts';
import { graphMermaid } from '../../server/model/graph.ts';
import { FOLDER, lifeOf, SHIPPED } from '../support/shipped.ts';

/** `UPDATE_PAGES=1` draws the pages anew. */
const UPDATE = process.env['UPDATE_PAGES'] === '1';
const DRAWING = /```mermaid\n([\s\S]*?)```/;

const fileOf = (name: string): string => join(FOLDER, name, `${name}.yaml`);
const compiled = (name: string, set: Readonly<Record<string, string>> = {}) =>
  compileFile(fileOf(name), { set: new Map(Object.entries(set)) });

describe.each(SHIPPED)('%s', (name) => {
  test('has nothing wrong, and waits for nothing but what is said', async () => {
    const { model, diagnostics } = await compiled(name);
    expect(diagnostics.filter(({ code }) => code !== 'not-yet-available')).toEqual([]);
    expect(model?.topology).toBe(name);
    expect(model?.expectations.length).toBeGreaterThan(3);
    expect([...new Set(model?.missing.map(({ kind }) => kind))]).toEqual(lifeOf(name).waitsFor);
  });

  test('as it comes up in the lab, it waits for nothing', async () => {
    const { kernel, set } = lifeOf(name);
    const { model, diagnostics } = await compiled(name, set);
    expect(diagnostics.filter(({ code }) => code !== 'not-yet-available')).toEqual([]);
    if (kernel !== 'none') expect(model?.missing).toEqual([]);
  });

  test('its page shows the drawing that `trunkline graph` makes of it', async () => {
    const path = join(FOLDER, name, 'README.md');
    const page = readFileSync(path, 'utf8');
    // A part of a large one is drawn with the parameters that stand in the comment before it.
    const command = /<!-- npx trunkline graph (.*) -f mermaid -->/.exec(page)?.[1] ?? '';
    const set: Record<string, string> = {};
    for (const [, key = '', value = ''] of command.matchAll(/--set (\w+)=(\S+)/g)) set[key] = value;
    const { model } = await compiled(name, set);
    const drawing = model === null ? '' : `${graphMermaid(model).trimEnd()}\n`;
    if (UPDATE)
      writeFileSync(
        path,
        page.replace(DRAWING, () => `\`\`\`mermaid\n${drawing}\`\`\``),
      );
    else expect(DRAWING.exec(page)?.[1]).toBe(drawing);
  });

  test('is in the list of all', () => {
    expect(readFileSync(join(FOLDER, 'README.md'), 'utf8')).toContain(`[${name}](${name}/)`);
  });
});

test.each([
  [{}, 198],
  [{ pairs: '2' }, 166],
  [{ pairs: '2', chains: '2', standby: 'false' }, 24],
  [{ machines: '1' }, 198],
])('satellite-hub with %j has %i machines', async (set, machines) => {
  const { model } = await compiled('satellite-hub', { ...set });
  expect(model?.guests.size).toBe(machines);
});

test('vgw-cluster has fourteen realms with the very same addressing', async () => {
  const { model } = await compiled('vgw-cluster');
  const byRealm = new Map<string, string[]>();
  for (const { realm, subnets } of model?.networks.values() ?? []) {
    if (realm === 'main') continue;
    byRealm.set(realm, [...(byRealm.get(realm) ?? []), ...subnets.map(({ prefix }) => prefix)].sort());
  }
  expect(byRealm.size).toBe(14);
  expect(new Set([...byRealm.values()].map((prefixes) => prefixes.join(' ')))).toEqual(
    new Set(['10.1.1.0/24 10.1.2.0/24']),
  );
  expect(model?.gateways.size).toBe(14);
  for (const gateway of model?.gateways.values() ?? [])
    expect(gateway.members.map(({ host }) => host)).toEqual(['gw-x', 'gw-y']);
});
