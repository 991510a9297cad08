/** Starting and awaiting the processes of a machine on a disk: its keeper, which has the others end with it and with us. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { agentBinary } from '../../../server/lab/agent-binary.ts';
import { endNodes } from '../../../server/lab/nodes.ts';
import { livingProcess } from '../../../server/lab/process-record.ts';
import { runCommand } from '../../../server/lab/vm/channel.ts';
import { filesCommand, mayUseKvm } from '../../../server/lab/vm/qemu.ts';
import type { Accelerator } from '../../../server/lab/vm/qemu.ts';
import { diskQemuCommand, WAYS } from './qemu.ts';
import type { Hardware } from './qemu.ts';

const FIRST_LINE_MS = 15_000;
/** Emulated, on a machine that is busy with other things too. */
const BOOT_LIMIT_MS = 300_000;

/**
 * Starts it and waits until systemd has. Emulated guests panic or hang now and then before their first process, with nothing
 * wrong: they get a second try.
 */
export async function startOnDisk(hardware: Omit<Hardware, 'accelerator'>): Promise<void> {
  const tries: readonly Accelerator[] = [...((await mayUseKvm()) ? (['kvm'] as const) : []), 'tcg', 'tcg'];
  let said = '';
  for (const accelerator of tries) {
    await startKeeper(hardware.folder, diskQemuCommand({ ...hardware, accelerator }));
    if ((await showsFirstLine(hardware.folder)) && (await hasStarted(hardware.folder))) return;
    said = await lastWords(hardware.folder);
    await endNodes(hardware.folder, 'all');
  }
  throw new Error(`the virtual machine does not start:\n${said}`);
}

/** Waits for the machine to end by itself; `lastLine` is what its kernel says then, and no other end will do. */
export async function untilEnded(folder: string, lastLine: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < BOOT_LIMIT_MS; waitedMs += 100) {
    if ((await livingProcess(folder, 'keeper')) === null) {
      if ((await readFile(join(folder, 'console'), 'utf8')).includes(lastLine)) return;
      throw new Error(`the virtual machine ended otherwise:\n${await lastWords(folder)}`);
    }
    await sleep(100);
  }
  throw new Error(`the virtual machine does not end:\n${await lastWords(folder)}`);
}

export async function lastWords(folder: string): Promise<string> {
  const logs = await Promise.all(
    ['ended', 'qemu.log', 'files.log', 'console'].map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  );
  return logs.map((text) => text.replaceAll('\r', '').trim().split('\n').slice(-40).join('\n')).join('\n');
}

async function startKeeper(folder: string, qemu: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'console'), '');
  const args = ['keep', folder, 'bound', String(WAYS), '--', ...(await filesCommand()), '--', ...qemu];
  const keeper = execa(await agentBinary(), args, {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    reject: false,
    cleanup: false,
  });
  const said = await new Promise<string>((resolve) => {
    keeper.stdout.once('data', (data: Buffer | string) => {
      resolve(data.toString());
    });
    void keeper.then(({ stdout, stderr }) => {
      resolve(`${stdout}${stderr}`);
    });
  });
  if (said.trim() !== 'ok') throw new Error(`the virtual machine cannot be started: ${said.trim()}`);
}

async function showsFirstLine(folder: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < FIRST_LINE_MS; waitedMs += 50) {
    if ((await stat(join(folder, 'console'))).size > 0) return true;
    if ((await livingProcess(folder, 'keeper')) === null) return false;
    await sleep(50);
  }
  return false;
}

/** `degraded` is started too: what failed is the test's to look at. NICs get their names a little later than that. */
async function hasStarted(folder: string): Promise<boolean> {
  const script = 'systemctl is-system-running --wait; udevadm settle';
  const asked = runCommand(folder, { argv: ['sh', '-c', script] });
  const answer = await Promise.race([asked.catch(() => null), sleep(BOOT_LIMIT_MS, null, { ref: false })]);
  return answer?.exitCode === 0 && /^(running|degraded)$/.test(answer.stdout.trim());
}
