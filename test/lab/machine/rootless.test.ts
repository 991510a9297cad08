import { existsSync } from 'node:fs';
import { chown, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { cacheFolder } from '../../../server/lab/agent-binary.ts';
import { twoHosts, twoHostsText } from '../two-hosts.ts';
import { trunkline } from './command-line.ts';

/** A user that has nothing on this machine: neither an entry in its lists, nor a process. */
const USER = 61_342;

const KERNELS = join(cacheFolder(), 'trunkline/vm');

async function kernelsHere(): Promise<readonly string[]> {
  return existsSync(KERNELS) ? (await readdir(KERNELS)).filter((name) => name.includes('-cloud-')) : [];
}

it('a virtual lab needs no root: up, exec, test, down', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-rootless-'));
  const { topology } = twoHosts();
  const file = join(folder, 'two-hosts.yaml');
  const cache = join(folder, 'cache');
  await writeFile(file, twoHostsText(topology), { mode: 0o644 });
  await mkdir(join(cache, 'trunkline'), { recursive: true });
  // Where this user has none, that one gets the kernel from the archive.
  for (const release of await kernelsHere())
    await cp(join(KERNELS, release), join(cache, 'trunkline/vm', release), { recursive: true, verbatimSymlinks: true });
  await execa('chown', ['-R', `${String(USER)}:${String(USER)}`, folder]);
  // The right to read is there for the checkout, which may lie in a folder of root's; no other right is.
  const rights = [
    '--inh-caps',
    '-all,+dac_read_search',
    '--ambient-caps',
    '+dac_read_search',
    '--bounding-set',
    '-all,+dac_read_search',
  ];
  const prefix = ['setpriv', '--reuid', String(USER), '--regid', String(USER), '--clear-groups', ...rights, '--'];
  const env = { XDG_CACHE_HOME: cache, XDG_RUNTIME_DIR: folder, HOME: folder };
  const lab = (...words: readonly string[]) => trunkline(['lab', ...words], { prefix, env });
  // Those that have ended may be listed for a moment, until somebody takes notice.
  const processes = async (): Promise<string> =>
    (await execa('pgrep', ['-a', '-r', 'D,R,S,T', '-u', String(USER)], { reject: false })).stdout;
  try {
    const up = await lab('up', '--vm', file);
    expect(up).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("virtual machine: Debian's kernel") as string,
    });
    expect(await processes()).toContain('qemu-system-x86_64');
    expect(await lab('exec', file, 'web', '--', 'sh', '-c', 'hostname; id -u; uname -r; exit 7')).toMatchObject({
      stdout: expect.stringMatching(/^web\n0\n\S+-cloud-amd64$/) as string,
      exitCode: 7,
    });
    // What this user may not read outside, nobody reads inside; and nothing is written outside.
    expect((await lab('exec', file, 'left', '--', 'cat', '/etc/shadow')).exitCode).toBe(1);
    expect(await lab('exec', file, 'internet', '--', 'sh', '-c', `echo changed >'${file}'`)).toMatchObject({
      exitCode: 0,
    });
    expect(await trunkline(['check', file])).toMatchObject({ exitCode: 0 });
    const test = await lab('test', file, '--json');
    expect(JSON.parse(test.stdout)).toMatchObject({ formatVersion: 1, failed: 0 });
    expect(test.exitCode).toBe(0);
  } finally {
    expect((await lab('down', file)).exitCode).toBe(0);
    await chown(folder, 0, 0);
    await rm(folder, { recursive: true });
  }
  expect(await processes()).toBe('');
});
