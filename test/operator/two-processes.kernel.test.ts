/** The two processes together: what lasts beyond the web process, and what ends with it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { OperatedSite } from '../../server/operator/site.ts';
import { openHistory } from '../../server/store/history.ts';
import { historyPath } from '../../server/store/place.ts';
import { SMALL } from '../api/site.ts';
import { MAIN, openPlace, visit } from './support/place.ts';

const params = { name: 'small.yaml' };

/** As if it had come to grief by itself. */
function kill({ pid }: OperatedSite): void {
  if (pid === undefined) throw new Error('it does not run');
  process.kill(pid, 'SIGKILL');
}

test('what is written from the page is written by the operator, and told with who asked', async () => {
  await using place = await openPlace({ 'small.yaml': SMALL });
  const site = await place.serve();
  const { client } = await visit(site);
  const { text, hash, writable } = await client('GET /api/topologies/:name/file', { params });
  expect({ text, writable }).toEqual({ text: SMALL, writable: true });
  await client('PUT /api/topologies/:name/file', { params, body: { text: `${SMALL}# more\n`, base: hash } });
  expect(await readFile(join(place.topologies, 'small.yaml'), 'utf8')).toBe(`${SMALL}# more\n`);
  await client('POST /api/topologies', { body: { name: 'next.yaml' } });
  const { topologies } = await client('GET /api/topologies', {});
  expect(topologies.map(({ name }) => name)).toEqual(['next.yaml', 'small.yaml']);
  const audit = await client('GET /api/topologies/:name/audit', { params });
  const [found] = audit.findings;
  if (found !== undefined) {
    const { id: finding, about } = found;
    const body = { finding, about, reason: 'agreed', until: '2099-01-01', version: null };
    await client('POST /api/topologies/:name/suppressions', { params, body });
    expect(await readFile(join(place.topologies, 'small.accepted.yaml'), 'utf8')).toContain('agreed');
  }
  const history = await openHistory(historyPath());
  const entries = await history.entries();
  await history.close();
  expect(entries.slice(0, 4).map(({ run, event }) => `${event} ${run}`)).toEqual([
    'save asked file:small.yaml',
    'saved file:small.yaml',
    'create asked file:next.yaml',
    'created file:next.yaml',
  ]);
  expect(place.reports).toEqual([]);
});

test('where the web process comes to grief it is started again at the same address, and whoever is signed in stays so', async () => {
  await using place = await openPlace({ 'small.yaml': SMALL });
  const site = await place.serve();
  const { client } = await visit(site);
  const [url, pid] = [site.url, site.pid];
  kill(site);
  await expect.poll(() => place.restarts.length, { timeout: 30_000 }).toBe(1);
  expect(site.url).toBe(url);
  expect(site.pid).not.toBe(pid);
  expect((await client('GET /api/topologies', {})).topologies).toHaveLength(1);
  expect(place.reports).toEqual([expect.stringContaining('SIGKILL')]);
  expect(place.givenUp).toEqual([]);
});

test('where it comes to grief again and again, that is said, and there is an end of it', async () => {
  await using place = await openPlace({ 'small.yaml': SMALL });
  const site = await place.serve();
  for (let times = 1; times < 5; times += 1) {
    kill(site);
    await expect.poll(() => place.restarts.length, { timeout: 30_000 }).toBe(times);
  }
  kill(site);
  await expect.poll(() => place.givenUp, { timeout: 30_000 }).toEqual(['The web process ends again and again']);
});

test('who may sign in is said on the command line before and while it is served, and nothing is left when it ends', async () => {
  await using place = await openPlace({ 'small.yaml': SMALL });
  const password = 'correct horse battery';
  const add = (name: string) =>
    execa(process.execPath, [MAIN, 'user', 'add', name, '--role', 'admin'], { input: password });
  await add('ann');
  const site = await place.serve();
  expect(site.signsIn).toBe(true);
  await expect(site.newLink()).rejects.toThrow();
  await add('bob');
  for (const name of ['ann', 'bob']) {
    const response = await fetch(`${site.url}/api/session`, {
      method: 'POST',
      headers: { origin: site.url, 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
    });
    expect(response.status).toBe(200);
  }
  const about = await stat(place.state);
  expect([about.mode & 0o777, about.uid === 0]).toEqual([0o700, false]);
  for (const name of await readdir(place.state)) expect((await stat(join(place.state, name))).uid).toBe(about.uid);
  await site.close();
  const left = (await readdir('/run')).filter((name) => name.startsWith(`trunkline-serve-${String(process.pid)}-`));
  expect(left).toEqual([]);
});

test('why it cannot listen is what is answered', async () => {
  await using place = await openPlace({ 'small.yaml': SMALL });
  await expect(place.serve({ origin: 'https://trunkline.example' })).rejects.toMatchObject({ kind: 'usage' });
  await expect(place.serve({ host: '0.0.0.0' })).rejects.toMatchObject({ kind: 'usage' });
});
