/** What `status` tells apart, and `rollback` of what was kept, as a person types them, on a host of the test's own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { hostPicture } from '../support/picture.ts';
import { smallOffice } from '../support/topologies.ts';
import { prepareHost, untilOver } from '../support/window.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

let host: HostNamespace;
let folder: string;
let file: string;
beforeEach(async () => {
  host = await openHostNamespace('here');
  await prepareHost(host);
  folder = await mkdtemp(join(tmpdir(), 'trunkline-status-'));
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

const apply = async (): Promise<string> => String((await json('apply', '--yes', file))['run']);

test('what changed on the host, with who has it, and what changed in the file are two things', async () => {
  const run = await apply();
  expect(await trunkline('status', file)).toMatchObject({ exitCode: 0 });

  await host.run('sh', '-c', 'ip link add theirs type bridge; ip link set dev eno1 master theirs');
  const changed = await trunkline('status', file);
  expect(changed.exitCode).toBe(2);
  expect(changed.stdout).toContain(`as kept in run ${run}`);
  expect(changed.stdout).toMatch(
    /changed on the host since:\n +port:eno1 bridge: expected "br-wan", found "theirs" \(whoever made the bridge "theirs", which it is in\)$/m,
  );
  expect(changed.stdout).not.toContain('changed in the file');

  await writeFile(file, smallOffice({ guests: 3 }));
  const both = await json('status', file);
  const fields = expect.arrayContaining([
    expect.objectContaining({
      resource: expect.stringMatching(/^veth:/) as string,
      field: 'present',
      kept: false,
      wanted: true,
    }),
  ]) as unknown;
  expect(both).toMatchObject({
    hosts: [
      {
        kept: { run },
        drift: [
          {
            resource: 'port:eno1',
            field: 'bridge',
            expected: 'br-wan',
            found: 'theirs',
            by: expect.any(String) as string,
          },
        ],
        fileChanges: fields,
      },
    ],
  });

  expect(await trunkline('apply', '--yes', file)).toMatchObject({ exitCode: 0 });
  expect(await json('status', file)).toMatchObject({ hosts: [{ drift: [], fileChanges: [], foreign: [] }], notes: [] });
  // A host that keeps nothing is compared with the file, and says so.
  await host.run('rm', '-r', '/run/trunkline/kept');
  expect((await trunkline('status', file)).stdout).toContain('(here keeps nothing of small: compared with the file)');
});

test('a run that waits is not taken for a change by somebody else', async () => {
  await apply();
  await writeFile(file, smallOffice({ guests: 3 }));
  await trunkline('apply', '--yes', '--confirm-within', '10m', file);
  expect(await json('status', file)).toMatchObject({
    hosts: [{ kept: null, run: { ready: true }, drift: [], fileChanges: [] }],
  });
});

test('what an undo by the host could not take back is told until a run is kept there', async () => {
  const { run } = await json('apply', '--yes', '--confirm-within', '5m', file);
  await host.run(
    'sh',
    '-c',
    'cd /run/trunkline/run && printf "run 0 2 0 0\\nls\\n/not/there\\n" >>index && echo 1 >deadline',
  );
  await untilOver(host);
  const told = await trunkline('status', file);
  expect(told.stdout).toContain(`run ${String(run)} was undone there, but for what failed:`);
  expect(told.stdout).toMatch(/! ls: .*\/not\/there/);
  await apply();
  expect((await trunkline('status', file)).stdout).not.toContain('but for what failed');
});

test('topologies and hosts that no file names any more are told by plan and status', async () => {
  const run = await apply();
  expect(await json('plan', file)).toMatchObject({ forgotten: [] });
  await writeFile(file, smallOffice().replace('topology: small', 'topology: large'));
  const forgotten = [{ topology: 'small', host: 'here', access: 'local', run }];
  expect(await json('plan', file)).toMatchObject({ forgotten });
  await writeFile(
    file,
    smallOffice()
      .replace('  here:\n', '  there:\n')
      .replaceAll('on: here', 'on: there')
      .replaceAll('on: [here]', 'on: [there]'),
  );
  const status = await trunkline('status', file);
  expect(status.exitCode).toBe(2);
  expect(status.stdout).toContain('trunkline destroy --topology small --host local');
  await trunkline('destroy', '--yes', '--topology', 'small', '--host', 'local');
});

test('rollback of what was kept makes the hosts as they were before it, by an apply like any other', async () => {
  const before = await hostPicture(host);
  const first = await apply();
  const small = await hostPicture(host);
  await writeFile(file, smallOffice({ guests: 4, more: '  - { allow: 25/tcp, from: lan, to: internet }' }));
  const second = await apply();
  const large = await hostPicture(host);

  const back = await json('rollback', second, '--yes');
  expect(back).toMatchObject({ undoes: second, hosts: [{ result: 'applied', verified: true }] });
  expect(await hostPicture(host)).toBe(small);
  expect(await json('status', file)).toMatchObject({ hosts: [{ drift: [], kept: { run: back['run'] } }] });
  // Without a name it is the last one: that which went back.
  expect(await trunkline('rollback', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await hostPicture(host)).toBe(large);
  // Further back than the host itself remembers, and to what was before anything.
  for (let more = 0; more < 2; more += 1) await trunkline('rollback', '--yes');
  expect(await trunkline('rollback', first, '--yes')).toMatchObject({ exitCode: 0 });
  expect(await hostPicture(host)).toBe(before);
}, 120_000);

test('a destroy is rolled back too; what is not known is refused, and nothing changed', async () => {
  await apply();
  const small = await hostPicture(host);
  await trunkline('destroy', '--yes', file);
  expect(await trunkline('rollback', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await hostPicture(host)).toBe(small);

  await rm(join(folder, 'trunkline'), { recursive: true });
  await host.run('rm', '-r', '/run/trunkline/kept');
  await writeFile(file, smallOffice({ guests: 4 }));
  const run = await apply();
  const large = await hostPicture(host);
  expect(await trunkline('rollback', run, '--yes')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`What here was like before run ${run} is not known`) as string,
  });
  expect(await hostPicture(host)).toBe(large);
}, 120_000);
