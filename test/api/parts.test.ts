import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TopologyDiagnostics } from '../../server/api/schema/topologies.ts';
import type { Site } from './site.ts';
import { openSite, SMALL } from './site.ts';

const WITH_PART = `${SMALL}use: [./parts/more.yaml]\n`;
const GUEST = (address: string): string => `guests: { web2: { on: box, nics: { lan: ${address} } } }\n`;

async function diagnosticsOf(site: Site, name = 'shop/shop.yaml'): Promise<TopologyDiagnostics> {
  const url = `/api/topologies/${encodeURIComponent(name)}/diagnostics`;
  return (await site.ask({ url, headers: { cookie: await site.signIn() } })).json<TopologyDiagnostics>();
}

test('a topology is read again when a part of it comes, changes or goes', async () => {
  await using site = await openSite({ 'shop/shop.yaml': WITH_PART });
  const missing = await diagnosticsOf(site);
  expect(missing.diagnostics.map(({ code, file }) => `${code} ${file}`)).toEqual(['use-unreadable shop/shop.yaml']);
  await site.write('shop/parts/more.yaml', GUEST('10.1.1.11'));
  expect(await diagnosticsOf(site)).toMatchObject({ ok: true, diagnostics: [] });
  await site.write('shop/parts/more.yaml', GUEST('10.1.1.10'));
  const twice = await diagnosticsOf(site);
  expect(twice.diagnostics).toMatchObject([{ code: 'address-twice' }]);
  await rm(join(site.folder, 'shop/parts/more.yaml'));
  expect((await diagnosticsOf(site)).diagnostics).toMatchObject([{ code: 'use-unreadable' }]);
});

test('places in parts and in topologies are told by their path in the folder', async () => {
  await using site = await openSite({ 'shop/shop.yaml': WITH_PART, 'shop/parts/more.yaml': GUEST('10.1.1.300') });
  expect((await diagnosticsOf(site)).diagnostics).toMatchObject([
    {
      code: 'invalid-address',
      file: 'shop/parts/more.yaml',
      related: [{ file: 'shop/shop.yaml', line: 9, column: 7, message: 'used here' }],
    },
  ]);
});

test('nothing outside the folder is read as a part, by path or by link', async () => {
  await using site = await openSite({
    'a.yaml': `${SMALL}use: [../secret.yaml]\n`,
    'b.yaml': `${SMALL}use: [./link.yaml]\n`,
  });
  await symlink('../secret.yaml', join(site.folder, 'link.yaml'));
  for (const name of ['a.yaml', 'b.yaml']) {
    const { diagnostics } = await diagnosticsOf(site, name);
    expect(diagnostics).toMatchObject([{ code: 'use-unreadable', file: name }]);
    expect(diagnostics[0]?.detail).toContain('outside the folder');
  }
});
