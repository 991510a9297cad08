import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { RequestFailed } from '../../server/api/client.ts';
import { formatTopology } from '../../server/topology/format/format.ts';
import { PASSWORD } from './sign-in.ts';
import { openSite, SMALL } from './site.ts';

const CLI = new URL('../../server/cli/main.ts', import.meta.url).pathname;
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const CHANGED = SMALL.replace('web1:', 'web2:');
const params = { name: 'small.yaml' };

async function refusal(asked: Promise<unknown>): Promise<RequestFailed> {
  const answer = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (answer instanceof RequestFailed) return answer;
  throw new Error(`not refused: ${String(answer)}`);
}

test('the text of a topology comes with its hash, and the parts with theirs', async () => {
  const part = 'networks:\n  extra: { subnet: 10.9.0.0/24 }\n';
  const text = `${SMALL}use: [parts/extra.yaml, ./none.yaml]\n`;
  await using site = await openSite({ 'small.yaml': text, 'parts/extra.yaml': part });
  const client = await site.client();
  expect(await client('GET /api/topologies/:name/file', { params })).toEqual({
    ...{ formatVersion: 1, diagnostics: [], file: 'small.yaml', text, hash: hashOf(text), writable: true },
    parts: [{ file: 'parts/extra.yaml', text: part, hash: hashOf(part), writable: true }],
  });
});

test('a part is checked with the whole, formatted, and saved where nobody else has written it', async () => {
  const text = `${SMALL}use: [parts/extra.yaml]\n`;
  const extra = '\ufeffguests:\n  web2: { on: box, nics: { lan: 10.1.1.11 } }\n';
  await using site = await openSite({ 'small.yaml': text, 'parts/extra.yaml': extra });
  const client = await site.client();
  const part = 'parts/extra.yaml';
  const [read] = (await client('GET /api/topologies/:name/file', { params })).parts;
  expect(read).toEqual({ file: part, text: extra, hash: hashOf(extra), writable: true });
  const wrong = extra.replace('10.1.1.11', '10.1.1.10');
  const draft = await client('POST /api/topologies/:name/check', { params, body: { text: wrong, part } });
  expect(draft.diagnostics).toMatchObject([{ code: 'address-twice' }]);
  const more = extra.replace('web2', 'web3');
  const right = await client('POST /api/topologies/:name/check', { params, body: { text: more, part } });
  expect(right.ok).toBe(true);
  expect(right.graph?.nodes.find(({ id }) => id === 'guest:web3')?.place?.file).toBe(part);
  const body = { text: 'guests: {   }\n', part };
  expect((await client('POST /api/topologies/:name/format', { params, body })).text).toBe('guests: {}\n');
  const saved = await client('PUT /api/topologies/:name/file', {
    params,
    body: { text: more, part, base: hashOf(extra) },
  });
  expect(saved.hash).toBe(hashOf(more));
  expect(await readFile(join(site.folder, part), 'utf8')).toBe(more);
  expect(await readFile(join(site.folder, 'small.yaml'), 'utf8')).toBe(text);
  const late = await refusal(
    client('PUT /api/topologies/:name/file', { params, body: { text: extra, part, base: hashOf(extra) } }),
  );
  expect(late).toMatchObject({ status: 409, conflict: { present: { hash: hashOf(more), text: more } } });
  expect(late.message).toContain(part);
});

test('what a topology does not use is not written as a part of it, and a part does not become a topology', async () => {
  const text = `${SMALL}use: [parts/extra.yaml, ./link.yaml]\n`;
  await using site = await openSite({
    ...{
      'small.yaml': text,
      'parts/extra.yaml': 'guests: {}\n',
      'parts/other.yaml': 'guests: {}\n',
      'real.yaml': 'guests: {}\n',
    },
    'alone.yaml': SMALL.replace('topology: small', 'topology: alone'),
  });
  await symlink('real.yaml', join(site.folder, 'link.yaml'));
  const client = await site.client();
  const save = (part: string, next = 'guests: {} # evil\n') =>
    refusal(
      client('PUT /api/topologies/:name/file', { params, body: { text: next, part, base: hashOf('guests: {}\n') } }),
    );
  for (const part of [
    'parts/other.yaml',
    'alone.yaml',
    '../secret.yaml',
    '/etc/hostname',
    './parts/extra.yaml',
    'parts/../parts/extra.yaml',
    '',
  ])
    expect([part, (await save(part)).failure?.kind]).toEqual([part, 'file-unreadable']);
  // A link is not written through, and not replaced.
  expect((await save('link.yaml')).failure?.kind).toBe('file-unreadable');
  expect((await save('parts/extra.yaml', 'topology: own\n')).failure?.kind).toBe('file-wrong');
  for (const file of ['parts/extra.yaml', 'parts/other.yaml', 'real.yaml'])
    expect(await readFile(join(site.folder, file), 'utf8')).toBe('guests: {}\n');
});

test('a token for one topology does not write what another one uses, too', async () => {
  const part = 'parts/extra.yaml';
  const text = `${SMALL}use: [${part}]\n`;
  await using site = await openSite({
    ...{ 'small.yaml': text, [part]: 'guests: {}\n' },
    'other.yaml': text.replace('topology: small', 'topology: other'),
  });
  const { users, tokens } = site.serving.accounts;
  await users.add('ann', 'plan', PASSWORD, false);
  const tokenFor = async (topologies: readonly string[]): Promise<string> => {
    const expires = Date.now() + 3_600_000;
    return (await tokens.create({ user: 'ann', label: 'test', role: 'plan', topologies, expires })).secret;
  };
  const body = { text: 'guests: {} # by a token\n', part, base: hashOf('guests: {}\n') };
  const one = await site.client(await tokenFor(['small.yaml']));
  expect((await refusal(one('PUT /api/topologies/:name/file', { params, body }))).failure?.kind).toBe('no-rights');
  const both = await site.client(await tokenFor(['small.yaml', 'other.yaml']));
  expect((await both('PUT /api/topologies/:name/file', { params, body })).hash).toBe(hashOf(body.text));
});

test('a mark at the start and carriage returns come back as they are', async () => {
  const text = `\ufeff${SMALL.replaceAll('\n', '\r\n')}`;
  await using site = await openSite({ 'small.yaml': text });
  const client = await site.client();
  const read = await client('GET /api/topologies/:name/file', { params });
  expect(read.text).toBe(text);
  await client('PUT /api/topologies/:name/file', { params, body: { text: read.text, base: read.hash } });
  expect(await readFile(join(site.folder, 'small.yaml'), 'utf8')).toBe(text);
});

test('a save is on the disk as it was typed, keeps the mode, and the map shows it', async () => {
  await using site = await openSite();
  const path = join(site.folder, 'small.yaml');
  await chmod(path, 0o640);
  const client = await site.client();
  const saved = await client('PUT /api/topologies/:name/file', {
    params,
    body: { text: CHANGED, base: hashOf(SMALL) },
  });
  expect(saved.hash).toBe(hashOf(CHANGED));
  expect(await readFile(path, 'utf8')).toBe(CHANGED);
  expect((await stat(path)).mode & 0o7777).toBe(0o640);
  expect(await readdir(site.folder)).toEqual(['small.yaml']);
  const { graph } = await client('GET /api/topologies/:name/graph', { params });
  expect(graph?.nodes.filter(({ kind }) => kind === 'guest').map(({ label }) => label)).toEqual(['web2']);
});

test('a file that was changed underneath stays, and both texts can be put together', async () => {
  await using site = await openSite();
  const theirs = SMALL.replace('web1:', 'web9:');
  await site.write('small.yaml', theirs);
  const client = await site.client();
  const base = hashOf(SMALL);
  const failed = await refusal(client('PUT /api/topologies/:name/file', { params, body: { text: CHANGED, base } }));
  expect(failed).toMatchObject({
    status: 409,
    failure: { kind: 'file-changed' },
    conflict: { base, present: { hash: hashOf(theirs), text: theirs } },
  });
  expect(await readFile(join(site.folder, 'small.yaml'), 'utf8')).toBe(theirs);
});

test('of many saves at once from one text, one is written', async () => {
  await using site = await openSite();
  const client = await site.client();
  const texts = Array.from({ length: 12 }, (_, index) => SMALL.replace('web1:', `web${String(index + 10)}:`));
  const results = await Promise.allSettled(
    texts.map((text) => client('PUT /api/topologies/:name/file', { params, body: { text, base: hashOf(SMALL) } })),
  );
  const written = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value.hash] : []));
  expect(written).toHaveLength(1);
  expect(hashOf(await readFile(join(site.folder, 'small.yaml'), 'utf8'))).toBe(written[0]);
});

test.each([
  '../secret.yaml',
  '..%2fsecret.yaml',
  '/etc/passwd',
  'small.yaml/',
  './small.yaml',
  'none.yaml',
  'linked.yaml',
  'outside/secret.yaml',
  '.hidden.yaml',
  'small.yaml\u0000',
])('a name that the listing does not know is no file: %j', async (name) => {
  await using site = await openSite();
  await symlink(join(site.folder, '..', 'secret.yaml'), join(site.folder, 'linked.yaml'));
  await symlink(join(site.folder, '..'), join(site.folder, 'outside'));
  await site.write('.hidden.yaml', SMALL);
  const client = await site.client();
  const body = { text: CHANGED, base: hashOf(SMALL) };
  const asked = [
    () => client('GET /api/topologies/:name/file', { params: { name } }),
    () => client('PUT /api/topologies/:name/file', { params: { name }, body }),
    () => client('POST /api/topologies/:name/check', { params: { name }, body: { text: SMALL } }),
    () => client('POST /api/topologies/:name/format', { params: { name }, body: { text: SMALL } }),
  ];
  for (const ask of asked) expect((await refusal(ask())).status).toBe(404);
  expect(await readFile(join(site.folder, '..', 'secret.yaml'), 'utf8')).toBe(SMALL);
  expect(site.reports).toEqual([]);
});

test('a folder that became a link after it was listed is not gone through', async () => {
  await using site = await openSite({ 'inner/small.yaml': SMALL });
  const { openParent } = await import('../../server/api/write-file.ts');
  const outside = join(site.folder, '..', 'elsewhere');
  await rename(join(site.folder, 'inner'), outside);
  await symlink(outside, join(site.folder, 'inner'));
  await expect(openParent(site.folder, 'inner/small.yaml')).rejects.toMatchObject({ kind: 'file-unreadable' });
});

test('a link in the place of a file is neither read nor written through', async () => {
  await using site = await openSite();
  const { openParent, readIn, replaceIn } = await import('../../server/api/write-file.ts');
  const secret = join(site.folder, '..', 'secret.yaml');
  await rm(join(site.folder, 'small.yaml'));
  await symlink(secret, join(site.folder, 'small.yaml'));
  await using parent = await openParent(site.folder, 'small.yaml');
  await expect(readIn(parent)).rejects.toMatchObject({ kind: 'file-unreadable' });
  await expect(replaceIn(parent, CHANGED)).rejects.toMatchObject({ kind: 'file-unreadable' });
  expect(await readFile(secret, 'utf8')).toBe(SMALL);
});

test('what is no YAML is saved only when that is said; what is wrong in meaning at any time', async () => {
  await using site = await openSite();
  const client = await site.client();
  const broken = `${SMALL}guests: { web1: [\n`;
  const body = { text: broken, base: hashOf(SMALL) };
  const failed = await refusal(client('PUT /api/topologies/:name/file', { params, body }));
  expect(failed).toMatchObject({ status: 422, failure: { kind: 'file-wrong' } });
  expect(await readFile(join(site.folder, 'small.yaml'), 'utf8')).toBe(SMALL);
  await client('PUT /api/topologies/:name/file', { params, body: { ...body, force: true } });
  const wrong = SMALL.replace('on: box', 'on: nowhere');
  await client('PUT /api/topologies/:name/file', { params, body: { text: wrong, base: hashOf(broken) } });
  expect(await readFile(join(site.folder, 'small.yaml'), 'utf8')).toBe(wrong);
});

test('a text that would make the file vanish from the folder is not saved', async () => {
  await using site = await openSite();
  const client = await site.client();
  const body = { text: 'hosts: {}\n', base: hashOf(SMALL), force: true };
  expect(await refusal(client('PUT /api/topologies/:name/file', { params, body }))).toMatchObject({ status: 422 });
});

test('more than 1 MiB is refused, by characters and by bytes', async () => {
  await using site = await openSite();
  const client = await site.client();
  for (const text of [`#${'x'.repeat(1_048_576)}`, `#${'å'.repeat(600_000)}`, '\n'.repeat(3_000_000)]) {
    const { status } = await refusal(client('POST /api/topologies/:name/check', { params, body: { text } }));
    expect([400, 413]).toContain(status);
  }
  const most = `${SMALL}#${'x'.repeat(1_048_576 - SMALL.length - 1)}`;
  expect((await client('POST /api/topologies/:name/check', { params, body: { text: most } })).ok).toBe(true);
});

test('a draft is told what `check` tells of the file, and is written nowhere', async () => {
  await using site = await openSite();
  const client = await site.client();
  const draft = `${SMALL.replace('on: box', 'on: bx').replace('10.1.1.0/24', '10.1.1.0/33')}gusts: {}\nexpect:\n  - { allow: 22/tcp, from: web1, to: web1 }\n`;
  const told = await client('POST /api/topologies/:name/check', { params, body: { text: draft } });
  expect(told).toMatchObject({ ok: false, graph: null });
  expect(await readFile(join(site.folder, 'small.yaml'), 'utf8')).toBe(SMALL);
  await site.write('small.yaml', draft);
  const checked = await execa(process.execPath, [CLI, 'check', 'small.yaml', '--json'], {
    ...{ cwd: site.folder, reject: false },
  });
  expect(told.diagnostics).toEqual((JSON.parse(checked.stdout) as { diagnostics: unknown }).diagnostics);
  expect(told.diagnostics.length).toBeGreaterThan(1);
});

test('a right draft has its graph, with the place of each node; expectations are judged', async () => {
  await using site = await openSite();
  const client = await site.client();
  const draft = `${SMALL}expect:\n  - { deny: 80/tcp, from: box, to: web1 }\n`;
  const { graph, diagnostics } = await client('POST /api/topologies/:name/check', { params, body: { text: draft } });
  const place = (id: string): unknown => graph?.nodes.find((node) => node.id === id)?.place;
  expect(place('guest:web1')).toEqual({ file: 'small.yaml', line: 8, column: 3 });
  expect(place('host:box')).toEqual({ file: 'small.yaml', line: 6, column: 3 });
  expect(place('bridge:box/br0')).toEqual({ file: 'small.yaml', line: 6, column: 36 });
  expect(place('network:lan')).toEqual({ file: 'small.yaml', line: 4, column: 3 });
  expect(diagnostics.map(({ line }) => line)).toEqual([10]);
});

test('formatting is what `fmt` does', async () => {
  await using site = await openSite();
  const client = await site.client();
  const crooked = SMALL.replace('10.1.1.0/24 }', ' 10.1.1.0/24   }');
  const { text } = await client('POST /api/topologies/:name/format', { params, body: { text: crooked } });
  expect(text).toBe(formatTopology({ file: 'small.yaml', text: crooked }).text);
  const broken = await client('POST /api/topologies/:name/format', { params, body: { text: 'a: [' } });
  expect(broken.text).toBeNull();
  expect(broken.diagnostics[0]?.code).toBe('not-yaml');
});

test('a new topology is made once, and only under a plain name', async () => {
  await using site = await openSite();
  await mkdir(join(site.folder, 'lab'));
  const client = await site.client();
  const made = await client('POST /api/topologies', { body: { name: 'lab/My Net.yaml'.replace(' ', '_') } });
  expect(await readFile(join(site.folder, made.name), 'utf8')).toBe('topology: my-net\n');
  await writeFile(join(site.folder, 'usual'), '');
  expect((await stat(join(site.folder, made.name))).mode).toBe((await stat(join(site.folder, 'usual'))).mode);
  await rm(join(site.folder, 'usual'));
  const { topologies } = await client('GET /api/topologies', {});
  expect(topologies.map(({ name }) => name)).toContain('lab/My_Net.yaml');
  expect(await refusal(client('POST /api/topologies', { body: { name: 'small.yaml', text: CHANGED } }))).toMatchObject({
    status: 409,
    failure: { kind: 'obstacle' },
  });
  expect(await readFile(join(site.folder, 'small.yaml'), 'utf8')).toBe(SMALL);
  for (const name of ['../a.yaml', 'a/../b.yaml', '.a.yaml', 'a.txt', 'a/b/c.yaml', '/a.yaml', 'a\n.yaml', 'a b.yaml'])
    expect((await refusal(client('POST /api/topologies', { body: { name } }))).status).toBe(400);
  expect((await refusal(client('POST /api/topologies', { body: { name: 'none/a.yaml' } }))).status).toBe(404);
  expect(await readdir(site.folder)).toEqual(['lab', 'small.yaml']);
});

test('whoever reads while it is saved, or looks after the saver was killed, finds one whole text', async () => {
  await using site = await openSite();
  const path = join(site.folder, 'small.yaml');
  const long = (letter: string): string => `${SMALL}# ${letter.repeat(400_000)}\n`;
  await writeFile(path, long('a'));
  const script = `
    import { openParent, replaceIn } from ${JSON.stringify(new URL('../../server/api/write-file.ts', import.meta.url).href)};
    import { readFileSync } from 'node:fs';
    const [folder] = process.argv.slice(1);
    const small = readFileSync(folder + '/small.yaml', 'utf8').split('# ')[0];
    process.stdout.write('ready');
    for (let n = 0; ; n += 1) {
      await using parent = await openParent(folder, 'small.yaml');
      await replaceIn(parent, small + '# ' + 'ab'[n % 2].repeat(400000) + '\\n');
    }`;
  const whole = new Set([hashOf(long('a')), hashOf(long('b'))]);
  for (let round = 0; round < 5; round += 1) {
    const saver = spawn(process.execPath, ['--input-type=module', '-e', script, site.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => saver.stdout.once('data', resolve));
    for (let read = 0; read < 20 + round * 7; read += 1) {
      expect(whole).toContain(hashOf(await readFile(path, 'utf8')));
    }
    const ended = new Promise((resolve) => saver.once('exit', resolve));
    saver.kill('SIGKILL');
    await ended;
    expect(whole).toContain(hashOf(await readFile(path, 'utf8')));
  }
});

test('the schema is the one that `schema` prints', async () => {
  await using site = await openSite();
  const client = await site.client();
  const { schema } = await client('GET /api/schema', {});
  expect(schema).toMatchObject({ title: 'Trunkline topology', additionalProperties: false });
  expect(Object.keys(schema['properties'] ?? {})).toContain('gateways');
});
