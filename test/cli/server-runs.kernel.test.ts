/** Runs on the hosts of a lab, made at a server and here: the same is said, and the same is done. */
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAsking } from './asking.ts';
import type { Asking, Ended } from './asking.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const NAME = 'shop.yaml';

function shop(...guests: readonly string[]): string {
  return [
    'topology: r-server',
    'networks:',
    '  lan: { subnet: 10.77.1.0/24 }',
    'hosts:',
    '  box: { access: local, bridges: { br0: {} } }',
    ...(guests.length === 0 ? [] : ['guests:']),
    ...guests.map((name, index) => `  ${name}: { on: box, nics: { lan: 10.77.1.${String(index + 10)} } }`),
    '',
  ].join('\n');
}

let asking: Asking;
beforeAll(async () => {
  asking = await openAsking('apply', { [NAME]: shop('web1') });
  const up = await asking.run(['lab', 'up', NAME]);
  expect(up.stderr + up.stdout).toContain('is up');
}, 120_000);
afterAll(async () => {
  await asking.run(['lab', 'down', NAME]);
  await asking[Symbol.asyncDispose]();
});

/** Ports of the bridge, as the host has them. */
async function ports(): Promise<number> {
  const args = ['lab', 'exec', NAME, 'box', '--', 'ip', '-br', 'link', 'show', 'master', 'br0'];
  const { stdout } = await execa(process.execPath, [MAIN, ...args], {
    cwd: asking.site.folder,
    env: { XDG_STATE_HOME: asking.folder },
  });
  return stdout.split('\n').filter((line) => line !== '').length;
}

/** What is said, but for when and in which run. */
function timeless({ stdout, stderr, code }: Ended): unknown {
  const plain = (text: string): string =>
    text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\d{8}T\d{6}-[0-9a-f]{4}/g, 'RUN')
      .replaceAll(` --server ${asking.url}`, '')
      .replaceAll(/(?<="leftMs": )\d+/g, '0')
      .replaceAll(/, \d+ (s|min) left/g, ', LEFT');
  const text = plain(stdout);
  return { code, stderr: plain(stderr), stdout: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
}

const documentOf = ({ stdout }: Ended): Readonly<Record<string, unknown>> =>
  JSON.parse(stdout) as Readonly<Record<string, unknown>>;

/** Changes the file, then does it in both ways, each from the state before: applied here, then back, then applied there. */
async function inBothWays(guests: readonly string[], args: readonly string[]): Promise<readonly [Ended, Ended]> {
  await asking.site.write(NAME, shop(...guests));
  const here = await asking.run(args);
  await back();
  return [here, await asking.there(args)];
}

async function back(): Promise<void> {
  const text = shop('web1');
  const before = await execa('cat', [join(asking.site.folder, NAME)]);
  await asking.site.write(NAME, text);
  expect((await asking.run(['apply', NAME, '--lab', '--yes'])).code).toBe(0);
  await asking.site.write(NAME, `${before.stdout}\n`);
}

test('a plan is shown as here', { timeout: 120_000 }, async () => {
  await asking.site.write(NAME, shop('web1', 'web2'));
  for (const more of [[], ['--summary'], ['--json'], ['--detailed-exitcode'], ['--host', 'box']]) {
    const args = ['plan', NAME, '--lab', ...more];
    const [here, there] = [await asking.run(args), await asking.there(args)];
    expect(there.code).toBe(more.includes('--detailed-exitcode') ? 2 : 0);
    expect(timeless(there)).toEqual(timeless(here));
  }
});

test.each([[[]], [['--json']]])('and applied as here %j', { timeout: 180_000 }, async (more) => {
  await back();
  const [here, there] = await inBothWays(['web1', 'web2'], ['apply', NAME, '--lab', '--yes', ...more]);
  expect(there.code).toBe(0);
  expect(timeless(there)).toEqual(timeless(here));
  expect(await ports()).toBe(2);
  const status = ['status', NAME, '--lab', ...more];
  const [now, nowThere] = [await asking.run(status), await asking.there(status)];
  expect(nowThere.code).toBe(0);
  expect(timeless(nowThere)).toEqual(timeless(now));
});

test.each([[['-f', 'csv']], [['-f', 'json']], [['--planned', '--json']]])(
  'its hosts are audited as here %j',
  { timeout: 120_000 },
  async (more) => {
    const args = ['audit', NAME, ...(more.includes('--planned') ? [] : ['--lab']), ...more];
    const [here, there] = [await asking.run(args), await asking.there(args)];
    expect(here.code).toBe(0);
    expect(timeless(there)).toEqual(timeless(here));
  },
);

test('nobody is asked without a terminal', { timeout: 60_000 }, async () => {
  await asking.site.write(NAME, shop('web1', 'web2', 'web3'));
  const args = ['apply', NAME, '--lab'];
  const [here, there] = [await asking.run(args), await asking.there(args)];
  expect(there.code).toBe(64);
  expect(timeless(there)).toEqual(timeless(here));
  expect(await ports()).toBe(2);
});

test('what loses something is carried out by who says --yes', { timeout: 120_000 }, async () => {
  await asking.site.write(NAME, shop('web1'));
  expect((await asking.there(['apply', NAME, '--lab', '--yes'])).code).toBe(0);
  expect(await ports()).toBe(1);
});

test('a run that waits is told of, undone and kept', { timeout: 180_000 }, async () => {
  const waits = ['apply', NAME, '--lab', '--yes', '--confirm-within', '5m'];
  await asking.site.write(NAME, shop('web1', 'web2'));
  const here = await asking.run(waits);
  const hereUndone = await asking.run(['rollback', '--lab', '--json']);
  const there = await asking.there(waits);
  expect(there.code).toBe(0);
  expect(timeless(there)).toEqual(timeless(here));
  expect(there.stdout).toContain(`--lab --server ${asking.url}`);
  const [status, statusThere] = [
    await asking.run(['status', NAME, '--lab', '--json']),
    await asking.there(['status', NAME, '--lab', '--json']),
  ];
  expect(timeless(statusThere)).toEqual(timeless(status));

  const undone = await asking.there(['rollback', '--lab', '--json']);
  expect(timeless(undone)).toEqual(timeless(hereUndone));
  expect(await ports()).toBe(1);

  await asking.run(waits);
  const confirmed = await asking.run(['confirm', '--lab']);
  await back();
  expect((await asking.there(waits)).code).toBe(0);
  const kept = await asking.there(['confirm', '--lab']);
  expect(kept.code).toBe(0);
  expect(timeless(kept)).toEqual(timeless(confirmed));
  expect(await ports()).toBe(2);
});

test('one that was kept is gone back from', { timeout: 120_000 }, async () => {
  const { runs } = documentOf(await asking.there(['history', '--lab', '--json'])) as {
    readonly runs: readonly { readonly run: string; readonly outcome: string }[];
  };
  const last = runs.at(-1);
  expect(last?.outcome).toBe('confirmed');
  const rolled = await asking.there(['rollback', String(last?.run), '--lab', '--yes', '--json']);
  expect(rolled.code, rolled.stdout).toBe(0);
  expect(documentOf(rolled)).toMatchObject({ undoes: last?.run, hosts: [{ host: 'box', result: 'applied' }] });
  expect(await ports()).toBe(1);
});

test('and all of it is in the history, here and there', { timeout: 60_000 }, async () => {
  const args = ['history', '--lab', '--json'];
  const [here, there] = [documentOf(await asking.run(args)), documentOf(await asking.there(args))];
  const runs = (document: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] =>
    (document['runs'] as readonly Readonly<Record<string, unknown>>[]).map(({ file: _file, ...run }) => run);
  expect(runs(there)).toMatchObject(runs(here));
});
