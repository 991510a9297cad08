/**
 * Boots a virtual machine whose root is this machine's file system (read only, under an overlay in memory). Uses hardware
 * virtualisation where it works: on some nested machines /dev/kvm opens and the guest then hangs before its first line, or
 * QEMU aborts, so that line is waited for and the machine started again under emulation.
 */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { Failure } from '../../core/failure.ts';
import { agentBinary } from '../agent-binary.ts';
import { endNodes } from '../nodes.ts';
import { livingProcess } from '../process-record.ts';
import { startCommand } from './channel.ts';
import { buildInitramfs } from './initramfs.ts';
import { fetchKernel } from './kernel.ts';
import { filesCommand, mayUseKvm, qemuCommand, WAYS } from './qemu.ts';
import type { Accelerator } from './qemu.ts';

export interface BootOptions {
  /** Of this machine alone: sockets, records of its processes, logs. It is there, and only its owner may enter it. */
  readonly folder: string;
  /** Where kernels are kept. */
  readonly cache: string;
  readonly memoryMiB: number;
  /** `bound` ends when this process does, however that happens; `standing` stays until it is ended. */
  readonly life: 'bound' | 'standing';
  readonly say: (line: string) => void;
}

export interface Booted {
  readonly kernel: string;
  readonly accelerator: Accelerator;
}

const FIRST_LINE_MS = 15_000;
/** Emulated, on a busy machine: some 5 s otherwise. */
const READY_MS = 180_000;

/** Throws `lab` where the machine does not come to stand, with what it said; then nothing of it is left running. */
export async function bootMachine(options: BootOptions): Promise<Booted> {
  const { folder, say } = options;
  await refuseTooLittleMemory(options.memoryMiB);
  try {
    const kernel = await fetchKernel(options.cache, say);
    const initramfs = join(folder, 'initramfs');
    await buildInitramfs(kernel, initramfs);
    const accelerators: readonly Accelerator[] = (await mayUseKvm()) ? ['kvm', 'tcg'] : ['tcg'];
    for (const accelerator of accelerators) {
      await startKeeper(options, [...qemuCommand({ ...options, ...kernel, initramfs, accelerator })]);
      if (await showsFirstLine(folder)) {
        await untilReady(folder);
        await rm(initramfs);
        return { kernel: kernel.release, accelerator };
      }
      if (accelerator === 'kvm') say('no virtual machine starts under this /dev/kvm: using software emulation');
      else throw await brokenDown(folder);
      await endNodes(folder, 'all');
    }
    throw await brokenDown(folder);
  } catch (error) {
    await endNodes(folder, 'all');
    if (isSystemError(error)) throw noRoom(error);
    throw error;
  }
}

async function startKeeper({ folder, life }: BootOptions, qemu: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'console'), '', { mode: 0o600 });
  const args = ['keep', folder, life, String(WAYS), '--', ...(await filesCommand()), '--', ...qemu];
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
  if (said.trim() !== 'ok') throw new Failure('lab', 'The virtual machine cannot be started', { detail: said.trim() });
}

async function showsFirstLine(folder: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < FIRST_LINE_MS; waitedMs += 50) {
    if ((await stat(join(folder, 'console'))).size > 0) return true;
    if ((await livingProcess(folder, 'keeper')) === null) return false;
    await sleep(50);
  }
  return false;
}

/** A command that ran to its end shows that all is there: files, modules, a way in. */
async function untilReady(folder: string): Promise<void> {
  const probe = startCommand(folder, { argv: ['true'] });
  const ready = await Promise.race([probe.ended.catch(() => null), sleep(READY_MS, null, { ref: false })]);
  if (ready === 0) return;
  probe.abandon();
  throw await brokenDown(folder);
}

async function brokenDown(folder: string): Promise<Failure> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '');
  // What came before the kernel gave up says why.
  const [before = ''] = (await read('console')).replaceAll('\r', '').split(/^.*Kernel panic/m);
  const console = before.split('\n').slice(-15).join('\n');
  const logs = [await read('ended'), await read('qemu.log'), await read('files.log'), console];
  return new Failure('lab', 'The virtual machine does not come to stand', {
    detail: logs
      .map((text) => text.trim().slice(-2000))
      .filter((text) => text !== '')
      .join('\n'),
  });
}

/** QEMU itself, and its server of files. */
const BESIDES_MIB = 128;

async function refuseTooLittleMemory(memoryMiB: number): Promise<void> {
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  const freeMiB = Math.floor(Number(available ?? Infinity) / 1024);
  if (freeMiB >= memoryMiB + BESIDES_MIB) return;
  throw new Failure('lab', 'Too little memory for the virtual machine', {
    detail: `It needs ${String(memoryMiB + BESIDES_MIB)} MiB, and ${String(freeMiB)} MiB are available here.`,
    toDo: ['End other programs, or take other virtual labs down: trunkline lab list'],
  });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

function noRoom(cause: NodeJS.ErrnoException): Failure {
  return new Failure('lab', 'The virtual machine cannot be prepared', {
    detail: cause.message,
    toDo: cause.code === 'ENOSPC' ? ['Make room, or set XDG_CACHE_HOME to a folder on a disk that has some.'] : [],
    cause,
  });
}
