import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FailureAnswer } from '../../server/api/schema/common.ts';
import type { TopologyDiagnostics, TopologyGraph, TopologyList } from '../../server/api/schema/topologies.ts';
import type { Site } from './site.ts';
import { openSite, SMALL } from './site.ts';

async function get<T>(site: Site, url: string): Promise<T> {
  const answer = await site.ask({ url, headers: { cookie: await site.signIn() } });
  return answer.json<T>();
}

const names = async (site: Site): Promise<string[]> =>
  (await get<TopologyList>(site, '/api/topologies')).topologies.map((each) => each.name);

const WRONG = SMALL.replace('guests:', 'gusts:');

test('topologies lie in the folder or one level below; other files are passed over', async () => {
  await using site = await openSite({
    'small.yaml': SMALL,
    'shop/shop.yml': SMALL.replace('small', 'shop'),
    'shop/parts/deeper.yaml': SMALL,
    'shop/part.yaml': 'networks: {}\n',
    'package.json': '{ "name": "x" }',
    'flat.json': '{ "topology": "flat", "networks": {} }',
    '.hidden.yaml': SMALL,
    'node_modules/x.yaml': SMALL,
    'notes.txt': 'topology: no',
  });
  await symlink(join(site.folder, '..', 'secret.yaml'), join(site.folder, 'link.yaml'));
  await symlink('/etc', join(site.folder, 'etc'));
  await mkdir(join(site.folder, 'folder.yaml'));
  expect(await names(site)).toEqual(['flat.json', 'shop/shop.yml', 'small.yaml']);
});

test('the list tells name, description, and whether the file is right', async () => {
  await using site = await openSite({ 'a.yaml': SMALL, 'b.yaml': WRONG });
  const { topologies } = await get<TopologyList>(site, '/api/topologies');
  expect(topologies[0]).toMatchObject({
    name: 'a.yaml',
    topology: 'small',
    description: 'One network on one host',
    ok: true,
    errors: 0,
  });
  expect(topologies[1]).toMatchObject({ name: 'b.yaml', topology: null, ok: false });
  expect(topologies[1]?.errors).toBeGreaterThan(0);
});

test('the graph of a topology one level below is found by its path', async () => {
  await using site = await openSite({ 'shop/shop.yaml': SMALL });
  const { graph } = await get<TopologyGraph>(site, `/api/topologies/${encodeURIComponent('shop/shop.yaml')}/graph`);
  expect(graph?.topology).toBe('small');
  expect(graph?.nodes.map((node) => node.id)).toEqual(
    expect.arrayContaining(['host:box', 'network:lan', 'guest:web1']),
  );
  expect(graph?.edges.some((edge) => edge.source === 'guest:web1' && edge.target === 'network:lan')).toBe(true);
});

test('a wrong file has no graph, and says where it is wrong', async () => {
  await using site = await openSite({ 'b.yaml': WRONG });
  const answer = await get<TopologyGraph>(site, '/api/topologies/b.yaml/graph');
  expect(answer.graph).toBeNull();
  expect(answer.diagnostics[0]).toMatchObject({
    severity: 'error',
    file: 'b.yaml',
    line: WRONG.split('\n').indexOf('gusts:') + 1,
  });
  expect(await get<TopologyDiagnostics>(site, '/api/topologies/b.yaml/diagnostics')).toEqual({
    formatVersion: 1,
    diagnostics: answer.diagnostics,
    ok: false,
  });
});

test('a file that changes is read again', async () => {
  await using site = await openSite();
  const description = async (): Promise<string | null | undefined> =>
    (await get<TopologyGraph>(site, '/api/topologies/small.yaml/graph')).graph?.description;
  expect(await description()).toBe('One network on one host');
  await site.write('small.yaml', SMALL.replace('One network', 'Now a network'));
  expect(await description()).toBe('Now a network on one host');
  await site.write('second.yaml', SMALL);
  expect(await names(site)).toEqual(['second.yaml', 'small.yaml']);
});

test('no name leads out of the folder', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  const status = async (name: string): Promise<number> =>
    (await site.ask({ url: `/api/topologies/${encodeURIComponent(name)}/graph`, headers: { cookie } })).statusCode;
  const hostile = [
    '../secret.yaml',
    '..',
    '.',
    './small.yaml',
    '/etc/passwd',
    'small.yaml\0',
    'SMALL.yaml',
    'small.yaml/',
    '__proto__',
    ' small.yaml',
  ];
  for (const name of hostile) expect(await status(name), name).toBe(404);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (name) => {
      fc.pre(name !== 'small.yaml' && name.isWellFormed());
      expect(await status(name)).toBe(404);
    }),
    { numRuns: 200 },
  );
  const page = [
    '/../secret.yaml',
    '/%2e%2e/secret.yaml',
    '/..%2fsecret.yaml',
    '/assets/..%5c..%5csecret.yaml',
    '/assets/%00',
  ];
  for (const url of page) {
    const answer = await site.ask({ url, headers: { cookie } });
    expect([400, 403, 404], url).toContain(answer.statusCode);
    expect(answer.body).not.toContain('topology: small');
  }
  expect(site.reports).toEqual([]);
});

test('failures have the shape of every failure', async () => {
  await using site = await openSite();
  const { failure } = await get<FailureAnswer>(site, '/api/topologies/none.yaml/graph');
  expect(failure).toEqual({
    kind: 'file-unreadable',
    summary: 'No topology of this folder has that name.',
    detail: null,
    inPlace: [],
    undone: [],
    toDo: [],
  });
});

test('names with HTML come back as they are, as JSON that no browser takes for a page', async () => {
  await using site = await openSite({ '<img src=x>.yaml': SMALL.replace('One network', '</script><b>&') });
  const answer = await site.ask({ url: '/api/topologies', headers: { cookie: await site.signIn() } });
  expect(answer.headers['content-type']).toContain('application/json');
  expect(answer.json<TopologyList>().topologies[0]).toMatchObject({
    name: '<img src=x>.yaml',
    description: '</script><b>& on one host',
  });
});
