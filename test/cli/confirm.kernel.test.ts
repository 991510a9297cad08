/** Confirm, rollback and history as a person types them, on a host of the test's own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { hostPicture } from '../support/picture.ts';
import { smallOffice } from '../support/topologies.ts';
import { openRunOn, prepareHost, untilOver } from '../support/window.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

let host: HostNamespace;
let folder: string;
let file: string;
beforeEach(async () => {
  host = await openHostNamespace('here');
  await prepareHost(host);
  folder = await mkdtemp(join(tmpdir(), 'trunkline-confirm-'));
  file = join(folder, 'small.yaml');
  await writeFile(file, smallOffice());
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function trunkline(...args: readonly string[]): Promise<Said> {
  const [program = '', ...rest]: readonly string[] = [...host.prefix, process.execPath, MAIN, ...args];
  const env = { XDG_STATE_HOME: folder, USER: 'ann' };
  const { exitCode, stdout, stderr } = await execa(program, rest, { reject: false, env });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await trunkline(...args, '--json')).stdout) as Record<string, unknown>;
}

const outcomes = async (): Promise<unknown> =>
  ((await json('history'))['runs'] as readonly Record<string, unknown>[]).map(({ outcome }) => outcome);

test('kept: what waits is told of, refuses others, is confirmed by its only name', async () => {
  const applied = await trunkline('apply', '--yes', '--confirm-within', '10m', file);
  expect(applied).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Not confirmed yet: at 20') as string });
  const run = /trunkline confirm (\S+)/.exec(applied.stdout)?.[1] ?? '';

  expect((await trunkline('status', file)).stdout).toContain(`Run ${run} of small, by ann@`);
  expect(await json('status', file)).toMatchObject({ hosts: [{ run: { run, ready: true, watched: true } }] });
  const refused = await trunkline('destroy', '--yes', file);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain(`Keep it: trunkline confirm ${run}`);
  expect(await json('history', run)).toMatchObject({
    runs: [
      {
        run,
        topology: 'small',
        file,
        who: expect.stringMatching(/^ann@/) as string,
        outcome: 'pending',
        hosts: { here: 'local' },
      },
    ],
    entries: [
      { event: 'begun', body: { plan: { topology: 'small' } } },
      { event: 'ended', body: { hosts: [{ host: 'here', confirmed: false }] } },
    ],
  });

  expect(await trunkline('confirm')).toMatchObject({ exitCode: 0, stdout: `here: confirmed\nRun ${run} is kept.` });
  expect(await outcomes()).toEqual(['confirmed']);
  // What was kept is changed back like anything else: not without being agreed to.
  expect(await trunkline('rollback', run)).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('Nobody to ask') as string,
  });
  expect(await trunkline('confirm')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('No run waits here') as string,
  });
  expect(await json('status', file)).toMatchObject({ hosts: [{ run: null, drift: [] }] });
});

test('undone: by hand, or by the host when the time is over', async () => {
  const before = await hostPicture(host);
  expect(await json('apply', '--yes', '--confirm-within', '10m', file)).toMatchObject({
    hosts: [{ result: 'applied', confirmed: false, until: expect.any(String) as string }],
  });
  expect(await json('rollback')).toMatchObject({ hosts: [{ host: 'here', result: 'undone', problems: [] }] });
  expect(await hostPicture(host)).toBe(before);

  const { run } = await json('apply', '--yes', '--confirm-within', '5s', file);
  await untilOver(host);
  expect(await hostPicture(host)).toBe(before);
  const late = await trunkline('confirm', String(run));
  expect(late).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('It was undone there') as string });
  expect(await outcomes()).toEqual(['undone', expect.stringMatching(/^(pending|lapsed)$/) as string]);
  // From here nobody has heard of its end; the host is asked by name, and that is written down.
  while (((await outcomes()) as readonly string[])[1] === 'pending') await sleep(200);
  expect(await json('history', String(run))).toMatchObject({
    hosts: [{ host: 'here', end: 'undone' }],
    runs: [{ outcome: 'undone' }],
  });
  expect(await outcomes()).toEqual(['undone', 'undone']);

  // What is over is not asked about: the only one that can be undone is the last on its host.
  await trunkline('apply', '--yes', '--confirm-within', '10m', file);
  expect((await trunkline('rollback')).exitCode).toBe(0);
  expect(await hostPicture(host)).toBe(before);
});

test('without its history a host still knows its run: a person at its console undoes it', async () => {
  const before = await hostPicture(host);
  await trunkline('apply', '--yes', '--confirm-within', '10m', file);
  await rm(join(folder, 'trunkline'), { recursive: true });
  const open = await openRunOn(host);
  expect(await trunkline('rollback', open?.run ?? '')).toMatchObject({ exitCode: 0 });
  expect(await hostPicture(host)).toBe(before);
});

test('a history that cannot be written stops the run before it begins', async () => {
  const before = await hostPicture(host);
  await writeFile(join(folder, 'trunkline'), 'in the way');
  const { exitCode, stderr } = await trunkline('apply', '--yes', file);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('The history of runs cannot be read or written');
  expect(await hostPicture(host)).toBe(before);
});

test('a history that somebody changed is shown with a warning', async () => {
  expect(await trunkline('history')).toMatchObject({ exitCode: 0, stdout: 'No run was made from here yet.' });
  await trunkline('apply', '--yes', file);
  await trunkline('destroy', '--yes', file);
  expect(await outcomes()).toEqual(['applied', 'applied']);
  const database = new DatabaseSync(join(folder, 'trunkline/history.sqlite'));
  database.exec(`update entries set who = 'bob' where number = 2`);
  database.close();
  const { exitCode, stdout, stderr } = await trunkline('history');
  expect(exitCode).toBe(1);
  expect(stdout.split('\n')).toHaveLength(2);
  expect(stderr).toContain('entry 2 does not follow from the one before it');
});

test('a history whose end was cut off is shown with a warning', async () => {
  await trunkline('apply', '--yes', file);
  await trunkline('destroy', '--yes', file);
  const database = new DatabaseSync(join(folder, 'trunkline/history.sqlite'));
  database.exec('delete from entries where number > 2');
  database.close();
  const { exitCode, stdout, stderr } = await trunkline('history');
  expect(exitCode).toBe(1);
  expect(stdout.split('\n')).toHaveLength(1);
  expect(stderr).toContain('entries 3 to 4 were there, and are gone');
});

test.each(['5', '0s', '25h', '-1m', '1d'])('%s is no time to wait', async (time) => {
  expect(await trunkline('apply', '--yes', '--confirm-within', time, file)).toMatchObject({ exitCode: 64 });
  expect(await openRunOn(host)).toBeNull();
});
