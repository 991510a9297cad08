/** `scripts/vm/run`: the machine that the suite `vm` runs in, for one command. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { livingProcess } from '../../../server/lab/process-record.ts';
import { isLiving } from './command-line.ts';

const RUN = join(import.meta.dirname, '../../../scripts/vm/run');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vm-run-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Its machines have their folders in one that is ours alone. */
const run = (...words: readonly string[]) =>
  execa(RUN, words, { cwd: folder, env: { TMPDIR: folder }, input: 'not passed on', reject: false });

const machines = async (): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('trunkline-vm-'));

it('streams a command’s output, ends with its exit status, brings a file back, and leaves nothing', async () => {
  const script = [
    'pwd; uname -r; id -u; echo "$TRUNKLINE_VM"; cat; echo trouble >&2',
    'ip link add name br0 type bridge && ip link add link br0 name v0 type vlan id 5 && ip -br link show dev v0',
    'echo changed >left; printf "brought\\0back" >fetched; exit 7',
  ];
  const said = await run('--timeout', '300', '--fetch', 'fetched', '--', 'sh', '-c', script.join('\n'));
  expect(said.stdout).toMatch(new RegExp(`^${folder}\\n\\d\\S+-cloud-amd64\\n0\\n1\\nv0@br0 +\\S+`));
  expect(said.stderr).toMatch(/^vm: running under \S.*, kernel \S+-cloud-amd64\ntrouble$/m);
  expect(said.exitCode).toBe(7);
  expect(await readFile(join(folder, 'fetched'), 'latin1')).toBe('brought\0back');
  // What is written inside stays inside.
  expect(await readdir(folder)).toEqual(['fetched']);
});

it('stops a command that takes too long with 124', async () => {
  const said = await run('--timeout', '2', '--', 'sh', '-c', 'echo begun; sleep 1000');
  expect(said).toMatchObject({ exitCode: 124, stdout: 'begun' });
  expect(said.stderr).toContain('vm: still running after 2 s: stopped');
  expect(await machines()).toEqual([]);
});

it('tells that the machine broke down with 125 and what its kernel said last', async () => {
  const said = await run('--', 'sh', '-c', 'echo c >/proc/sysrq-trigger; sleep 1000');
  expect(said.exitCode).toBe(125);
  expect(said.stderr).toMatch(
    /vm: The virtual machine broke down\nQEMU ended with 0\n[^]*Kernel panic - not syncing: sysrq triggered crash/,
  );
  expect(await machines()).toEqual([]);
});

it('ends with 130 on Ctrl-C, while it boots and while the command runs', async () => {
  for (const word of ['', 'begun']) {
    const child = spawn(RUN, ['--', 'sh', '-c', 'echo begun; sleep 1000'], {
      cwd: folder,
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'ignore'],
      // A group of its own, as a shell makes it: Ctrl-C is for all that is in it.
      detached: true,
    });
    if (word === '') await untilQemu(child);
    else await once(createInterface({ input: child.stdout }), 'line');
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(await machines()).toEqual([]);
  }
});

it('killed, it takes the machine with it', async () => {
  const child = spawn(RUN, ['--', 'sleep', '1000'], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
    stdio: 'ignore',
  });
  const pids = await untilQemu(child);
  expect(pids).toHaveLength(3);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const pid of pids) await expect.poll(() => isLiving(pid), { timeout: 10_000 }).toBe(false);
});

/** Gives the processes of the one machine that is there; none where it ended before. */
async function untilQemu(child: ChildProcess): Promise<readonly number[]> {
  while (child.exitCode === null) {
    const [machine] = await machines();
    const at = join(folder, machine ?? 'none-yet');
    const found = await Promise.all(['keeper', 'qemu', 'files'].map((name) => livingProcess(at, name)));
    const pids = found.flatMap((each) => each?.pid ?? []);
    if (pids.length === 3) return pids;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return [];
}
