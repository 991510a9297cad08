/** A host changed by the command from the picture of it loaded: all that it does there, history included. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleCommand } from '../../scripts/bundle-command.ts';
import { buildBlob } from '../../scripts/warm/build.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { smallOffice } from '../support/topologies.ts';
import { prepareHost } from '../support/window.ts';

const ROOT = join(import.meta.dirname, '../..');

let host: HostNamespace;
let folder: string;
beforeAll(async () => {
  host = await openHostNamespace('here');
  await prepareHost(host);
  folder = await mkdtemp(join(tmpdir(), 'trunkline-warm-'));
  await writeFile(join(folder, 'small.yaml'), smallOffice());
  const dist = join(folder, 'dist');
  await mkdir(dist);
  await bundleCommand(ROOT, dist);
  await buildBlob(ROOT, dist);
  await mkdir(join(folder, 'scripts'));
  await symlink(process.execPath, join(dist, 'node'));
  await execa('cp', [join(ROOT, 'scripts/trunkline'), join(folder, 'scripts')]);
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

test('is applied, planned, looked at, undone and destroyed', async () => {
  const trunkline = async (...args: readonly string[]): Promise<string> => {
    const [program = '', ...rest] = [...host.prefix, join(folder, 'scripts/trunkline'), ...args];
    return (await execa(program, rest, { env: { XDG_STATE_HOME: folder, USER: 'ann' }, all: true })).all;
  };
  const file = join(folder, 'small.yaml');
  expect(await trunkline('apply', '--yes', file)).toMatch('applied and verified');
  expect(await trunkline('plan', file)).toMatch('No changes.');
  expect(await trunkline('status', file)).toMatch('as kept in run');
  expect(await trunkline('history')).toMatch('applied');
  expect(await trunkline('destroy', '--yes', file)).toMatch('applied and verified');
  expect(await trunkline('plan', file)).toMatch(/Plan: \d+ to add/);
});
