/** A host changed by the command from the picture of it loaded: all that it does there, history included. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { shipCommand } from '../support/shipped-command.ts';
import type { ShippedCommand } from '../support/shipped-command.ts';
import { smallOffice } from '../support/topologies.ts';
import { prepareHost } from '../support/window.ts';

let host: HostNamespace;
let command: ShippedCommand;
beforeAll(async () => {
  host = await openHostNamespace('here');
  await prepareHost(host);
  command = await shipCommand();
});
afterAll(async () => {
  await host.close();
  command.remove();
});

test('is applied, planned, looked at, undone and destroyed', async () => {
  const trunkline = async (...args: readonly string[]): Promise<string> => {
    const [program = '', ...rest] = [...host.prefix, command.launcher, ...args];
    return (await execa(program, rest, { env: { XDG_STATE_HOME: command.folder, USER: 'ann' }, all: true })).all;
  };
  const file = join(command.folder, 'small.yaml');
  await writeFile(file, smallOffice());
  expect(await trunkline('apply', '--yes', file)).toMatch('applied and verified');
  expect(await trunkline('plan', file)).toMatch('No changes.');
  expect(await trunkline('status', file)).toMatch('as kept in run');
  expect(await trunkline('history')).toMatch('applied');
  expect(await trunkline('destroy', '--yes', file)).toMatch('applied and verified');
  expect(await trunkline('plan', file)).toMatch(/Plan: \d+ to add/);
});
