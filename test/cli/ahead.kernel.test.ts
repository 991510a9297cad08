/** This machine is read while the file is: what that may not change, and what it may not leave behind. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const TEXT = `
topology: early
networks: { apps: { subnet: 10.61.0.0/24 } }
hosts: { here: { access: local, bridges: { br0: {} }, nics: { apps: 10.61.0.2 } } }
gateways: { gw: { on: [here], runs: netns, nics: { apps: { address: 10.61.0.1 } } } }
guests: { g1: { on: here, nics: { apps: 10.61.0.10 } } }
`;

let host: HostNamespace;
let folder: string;
let file: string;
beforeEach(async () => {
  host = await openHostNamespace('here');
  folder = await mkdtemp(join(tmpdir(), 'trunkline-ahead-'));
  file = join(folder, 'early.yaml');
  await writeFile(file, TEXT);
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

async function trunkline(args: readonly string[], input = ''): Promise<Said> {
  const [program = '', ...rest]: readonly string[] = [...host.prefix, process.execPath, MAIN, ...args];
  const env = { XDG_STATE_HOME: folder, USER: 'ann' };
  const { exitCode, stdout, stderr } = await execa(program, rest, { reject: false, env, input });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

async function planned(args: readonly string[], input?: string): Promise<unknown> {
  const { stdout } = await trunkline([...args, '--json'], input);
  return (JSON.parse(stdout) as { readonly hosts: unknown }).hosts;
}

test('the plan is the one that is made where the host is read when the file is understood', async () => {
  // What comes by stdin is read to its end before anything else.
  const same = async (): Promise<unknown> => {
    const ahead = await planned(['plan', file]);
    expect(ahead).toEqual(await planned(['plan', '-'], TEXT));
    return ahead;
  };
  expect(await same()).toMatchObject([{ host: 'here', unchanged: 0, obstacles: [] }]);
  expect(await trunkline(['apply', '--yes', file])).toMatchObject({ exitCode: 0 });
  expect(await same()).toMatchObject([{ steps: [] }]);

  await host.run('ip', 'link', 'set', 'dev', 'br0', 'mtu', '1400');
  expect(JSON.stringify(await same())).toContain('"field":"mtu"');
  // Nothing says any more whose that namespace is: only whoever knows its name looks into it.
  await host.run('ip', '-n', 'early-gw', 'link', 'set', 'dev', 'lo', 'alias', '');
  expect(JSON.stringify(await same())).toContain('early-gw');
}, 120_000);

test('a file that is wrong leaves no lock', async () => {
  await writeFile(file, TEXT.replace('[here]', '[nowhere]'));
  expect(await trunkline(['apply', '--yes', file])).toMatchObject({ exitCode: 3 });
  await host.run('sh', '-c', '[ ! -e /run/trunkline/lock ] || flock -w 1 /run/trunkline/lock true');
});

test('who holds the host is told, under the name that the file has for it', async () => {
  expect(await trunkline(['apply', '--yes', file])).toMatchObject({ exitCode: 0 });
  const held = host.run('flock', '/run/trunkline/lock', 'sh', '-c', 'touch /run/held; sleep 8');
  await host.run('sh', '-c', 'until [ -e /run/held ]; do sleep 0.05; done');
  const refused = await trunkline(['apply', '--yes', file]);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Another run holds here') as string });
  await held;
});
