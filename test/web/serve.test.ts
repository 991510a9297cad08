import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage, startServe } from './serving.ts';

let folder = '';
beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-serve-'));
  await writeFile(join(folder, 'a.yaml'), 'topology: a\n');
});
afterAll(() => rm(folder, { recursive: true }));

test('serve prints a link that opens the page, and ends cleanly when it is told to', async () => {
  await using serving = await startServe(folder);
  expect(serving.link.startsWith(`${serving.url}/open?token=`)).toBe(true);
  const opened = await fetch(serving.link, { redirect: 'manual' });
  expect(opened.status).toBe(303);
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const page = await fetch(serving.url, { headers: { cookie } });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<div id="page">');
  expect((await fetch(serving.url)).status).toBe(401);
  expect(await serving.stop()).toBe(0);
});

test('a folder that is not there is said so', async () => {
  await expect(startServe(join(folder, 'none'))).rejects.toThrow('There is no such folder.');
});

test.each([
  ['--port', 'http'],
  ['--port', '70000'],
  ['--host', '0.0.0.0'],
  ['--port', '-1'],
])('%s %s is wrong usage', async (...words) => {
  const main = new URL('../../server/cli/main.ts', import.meta.url).pathname;
  const { exitCode, stderr } = await execa(process.execPath, [main, 'serve', folder, ...words], { reject: false });
  expect(exitCode).toBe(64);
  expect(stderr).not.toContain('    at ');
});
