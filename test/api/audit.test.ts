import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test, vi } from 'vitest';
import type { AuditAnswer } from '../../server/api/schema/audit.ts';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

// Whole programs and threads are started here: on a machine that is busy that takes a while.
vi.setConfig({ testTimeout: 120_000 });

const MAIN = fileURLToPath(new URL('../../server/cli/main.ts', import.meta.url));
const shipped = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../topologies/${name}/${name}.yaml`, import.meta.url)), 'utf8');

const params = { name: 'office.yaml' };

async function office(): Promise<Site> {
  return openSite({ 'office.yaml': await shipped('office') });
}

/** The command line on the same file, in its folder. */
async function command(site: Site, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execa(process.execPath, [MAIN, 'audit', 'office.yaml', '--planned', ...args], {
    cwd: site.folder,
    stripFinalNewline: false,
  });
  return stdout;
}

test('the answer is what the command line says, with places in the folder', async () => {
  await using site = await office();
  const call = await site.client();
  const answer = await call('GET /api/topologies/:name/audit', { params });
  const told = JSON.parse(await command(site, '--json')) as AuditAnswer;
  expect(answer.ledger.length).toBeGreaterThan(0);
  expect(answer.findings.length).toBeGreaterThan(0);
  expect(answer.ledger).toEqual(told.ledger);
  expect(answer.findings).toEqual(told.findings);
  expect(answer.lookedFor).toEqual(told.lookedFor);
  expect(answer.accepted).toEqual({ file: 'office.accepted.yaml', version: null });
  expect(JSON.stringify(answer)).not.toContain(site.folder);
});

test.each([
  ['ledger', 'csv'],
  ['findings', 'findings-csv'],
] as const)('the CSV of the %s is that of the command line', async (table, format) => {
  await using site = await office();
  const answer = await site.ask({
    url: `/api/topologies/office.yaml/audit/csv?table=${table}`,
    headers: { cookie: await site.signIn() },
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(answer.headers['content-disposition']).toBe(`attachment; filename="office-${table}.csv"`);
  expect(answer.body).toBe(await command(site, '-f', format));
});

async function accept(site: Site, change: Readonly<Record<string, unknown>> = {}): Promise<AuditAnswer> {
  const call = await site.client();
  const before = await call('GET /api/topologies/:name/audit', { params });
  const [finding] = before.findings;
  if (finding === undefined) throw new Error('the office has no findings');
  const { version } = before.accepted;
  await call('POST /api/topologies/:name/suppressions', {
    params,
    body: {
      finding: finding.id,
      about: finding.about,
      reason: 'seen: "fine"\nby us',
      until: '2099-12-31',
      version,
      ...change,
    },
  });
  const after = await call('GET /api/topologies/:name/audit', { params });
  expect(after.findings.map(({ key }) => key)).not.toContain(finding.key);
  return after;
}

test('what is accepted is in the file beside the topology, and the command line reads it', async () => {
  await using site = await office();
  const after = await accept(site);
  expect(after.suppressed).toHaveLength(1);
  expect(after.suppressed[0]?.by).toMatchObject({ reason: 'seen: "fine"\nby us', until: '2099-12-31' });
  const told = JSON.parse(await command(site, '--json', '--accepted', 'office.accepted.yaml')) as AuditAnswer;
  expect(told.findings).toEqual(after.findings);
  expect(told.suppressed).toEqual(after.suppressed);
});

test('a second one keeps the first, and the comments that somebody wrote', async () => {
  await using site = await office();
  await accept(site);
  const path = join(site.folder, 'office.accepted.yaml');
  const text = `# Reviewed every quarter\n${(await readFile(path, 'utf8')).replace('reason:', '# the auditor asked\n    reason:')}`;
  await writeFile(path, text);
  const after = await accept(site);
  expect(after.suppressed).toHaveLength(2);
  const written = await readFile(path, 'utf8');
  expect(written.startsWith(text.trimEnd())).toBe(true);
});

test('two at a time of one version: one is written, the other refused', async () => {
  await using site = await office();
  const call = await site.client();
  const { findings, accepted } = await call('GET /api/topologies/:name/audit', { params });
  const settled = await Promise.allSettled(
    findings.slice(0, 2).map(({ id, about }) =>
      call('POST /api/topologies/:name/suppressions', {
        params,
        body: { finding: id, about, reason: 'at once', until: '2099-12-31', version: accepted.version },
      }),
    ),
  );
  expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(settled.find((each) => each.status === 'rejected')?.reason).toMatchObject({ status: 409 });
  expect((await call('GET /api/topologies/:name/audit', { params })).suppressed).toHaveLength(1);
});

test.each([
  ['a finding that there is not', { about: 'nobody' }, 400],
  ['a day that is past', { until: '2020-01-01' }, 400],
  ['no reason', { reason: '  ' }, 400],
  ['another version of the file', { version: 'f'.repeat(64) }, 409],
  ['no day', { until: 'tomorrow' }, 400],
])('%s is refused, and nothing is written', async (_what, change, status) => {
  await using site = await office();
  await expect(accept(site, change)).rejects.toMatchObject({ status });
  await expect(readFile(join(site.folder, 'office.accepted.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(site.reports).toEqual([]);
});

test('a file that says something else hides no finding, and is not written over', async () => {
  await using site = await office();
  await site.write('office.accepted.yaml', 'suppress: everything\n');
  const call = await site.client();
  const answer = await call('GET /api/topologies/:name/audit', { params });
  expect(answer.findings.length).toBeGreaterThan(0);
  expect(answer.notes.join('\n')).toContain('Nothing is accepted: office.accepted.yaml');
  await expect(accept(site)).rejects.toMatchObject({ status: 422 });
  expect(await readFile(join(site.folder, 'office.accepted.yaml'), 'utf8')).toBe('suppress: everything\n');
});

test('of a file that is wrong nothing is said', async () => {
  await using site = await openSite({ 'office.yaml': (await shipped('office')).replace('guests:', 'gusts:') });
  const call = await site.client();
  await expect(call('GET /api/topologies/:name/audit', { params })).rejects.toMatchObject({ status: 422 });
  await expect(call('GET /api/topologies/:name/policy', { params })).rejects.toMatchObject({ status: 422 });
});
