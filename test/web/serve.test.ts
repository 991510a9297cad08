import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage, startServe, stateFolder } from './serving.ts';

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

test.each([0, 300, 600, 900, 1200, 1600, 2000])(
  'told to end %i ms after it was begun, it leaves no process and no folder',
  async (ms) => {
    const state = await stateFolder();
    const main = new URL('../../server/cli/main.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [main, 'serve', folder, '--port', '0', '--json'], {
      stdio: 'ignore',
      env: { ...process.env, XDG_STATE_HOME: state },
    });
    await sleep(ms);
    child.kill('SIGTERM');
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    // Before its first line it ends as any program does.
    expect(code ?? signal).toBeOneOf([0, 'SIGTERM']);
    for (const parent of ['/run', tmpdir()])
      expect(
        (await readdir(parent)).filter((name) => name.startsWith(`trunkline-serve-${String(child.pid)}-`)),
      ).toEqual([]);
    expect(await runningWith(state)).toEqual([]);
    await rm(state, { recursive: true });
  },
);

/** The web process is told its folder on its command line. */
async function runningWith(text: string): Promise<readonly string[]> {
  const lines = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(text));
}

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
