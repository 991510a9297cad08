/** A table of ours that somebody put to sleep refuses nothing: it is seen, and woken by the next apply. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { smallOffice } from '../support/topologies.ts';
import { prepareHost } from '../support/window.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

let host: HostNamespace;
let folder: string;
let file: string;
beforeEach(async () => {
  host = await openHostNamespace('here');
  await prepareHost(host);
  folder = await mkdtemp(join(tmpdir(), 'trunkline-dormant-'));
  file = join(folder, 'small.yaml');
  await writeFile(file, smallOffice());
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

async function trunkline(...args: readonly string[]): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  const [program = '', ...rest]: readonly string[] = [...host.prefix, process.execPath, MAIN, ...args];
  const { exitCode, stdout } = await execa(program, rest, { reject: false, env: { XDG_STATE_HOME: folder } });
  return { exitCode: exitCode ?? -1, stdout };
}

test('a table that sleeps is drift, and the next apply wakes it', async () => {
  expect(await trunkline('apply', '--yes', file)).toMatchObject({ exitCode: 0 });
  const [namespace = ''] = (await host.run('ls', '/run/netns')).split('\n');
  const nft = (...argv: readonly string[]): Promise<string> =>
    host.run('ip', 'netns', 'exec', namespace, 'nft', ...argv);
  const table = /table inet (\S+-filter) /.exec(await nft('list', 'ruleset'))?.[1] ?? '';
  const listed = async (): Promise<string> =>
    (await nft('list', 'table', 'inet', table)).replaceAll(/packets \d+ bytes \d+/g, 'packets');
  const awake = await listed();
  expect(await trunkline('status', file)).toMatchObject({ exitCode: 0 });

  await nft(`add table inet ${table} { flags dormant ; }`);
  expect(await nft('list', 'table', 'inet', table)).toContain('flags dormant');
  const status = await trunkline('status', file);
  expect(status.exitCode).toBe(2);
  expect(status.stdout).toContain(table);

  // Whoever put it there loses it: that has to be said.
  expect(await trunkline('apply', '--yes', '--discard-unknown', file)).toMatchObject({ exitCode: 0 });
  expect(await listed()).toBe(awake);
  expect(await trunkline('status', file)).toMatchObject({ exitCode: 0 });
});
