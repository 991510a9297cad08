import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import { parseRecord } from '../../../server/lab/process-record.ts';

test('a test that is killed leaves no machine behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-killed-'));
  const script = join(import.meta.dirname, 'open-machine.ts');
  const child = spawn(process.execPath, [script], { env: { ...process.env, TMPDIR: folder }, stdio: 'ignore' });
  const gone = once(child, 'exit');
  try {
    const pids = await processesOf(folder);
    child.kill('SIGKILL');
    await gone;
    for (const pid of pids) await ended(pid);
  } finally {
    child.kill('SIGKILL');
    await gone;
    await rm(folder, { recursive: true });
  }
});

/** Of the keeper, the server of files and QEMU, as soon as all of them run. */
async function processesOf(folder: string): Promise<readonly number[]> {
  for (;;) {
    const [machine] = (await readdir(folder)).filter((name) => name.startsWith('trunkline-disk-'));
    const records = await Promise.all(
      ['keeper', 'files', 'qemu'].map((name) =>
        readFile(join(folder, machine ?? 'none', `${name}.node`), 'utf8').catch(() => ''),
      ),
    );
    const pids = records.flatMap((text) => parseRecord(text)?.pid ?? []);
    if (pids.length === records.length) return pids;
    await sleep(100);
  }
}

async function ended(pid: number): Promise<void> {
  for (;;) {
    const there = await access(`/proc/${String(pid)}`).then(
      () => true,
      () => false,
    );
    if (!there) return;
    await sleep(50);
  }
}
