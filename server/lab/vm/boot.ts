/**
 * Boots a virtual machine whose root is this machine's file system (read only, under an overlay in memory). Uses hardware
 * virtualisation where it works: on some nested machines /dev/kvm opens and the guest then hangs before its first line, or
 * QEMU aborts, so that line is waited for and the machine started again under emulation. Emulated guests panic or hang now
 * and then while they start, with nothing wrong: they get a second try.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../../core/failure.ts';
import { agentBinary } from '../agent-binary.ts';
import { endNodes } from '../nodes.ts';
import { buildInitramfs } from './initramfs.ts';
import { fetchKernel } from './kernel.ts';
import { refuseTooLittleMemory } from './memory.ts';
import { filesCommand, mayUseKvm, qemuCommand, WAYS } from './qemu.ts';
import type { Accelerator, QemuOptions } from './qemu.ts';
import { withRoomToMake } from './room.ts';
import { awaitStart } from './start.ts';
import type { Stumble } from './start.ts';

export interface BootOptions {
  /** Of this machine alone: sockets, records of its processes, logs. It is there, and only its owner may enter it. */
  readonly folder: string;
  /** Where kernels are kept. */
  readonly cache: string;
  readonly memoryMiB: number;
  /** `bound` ends when this process does, however that happens; `standing` stays until it is ended. */
  readonly life: 'bound' | 'standing';
  readonly say: (line: string) => void;
  /** Gives up where it has not come to stand yet, and throws the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Booted {
  readonly kernel: string;
  readonly accelerator: Accelerator;
}

/** Throws `lab` where the machine does not come to stand, with what it said; then nothing of it is left running. */
export async function bootMachine(options: BootOptions): Promise<Booted> {
  const { folder, say, signal } = options;
  await refuseTooLittleMemory(options.memoryMiB);
  try {
    const kernel = await fetchKernel(options.cache, say);
    signal?.throwIfAborted();
    const initramfs = join(folder, 'initramfs');
    await buildInitramfs(kernel, initramfs);
    const accelerator = await startMachine(options, { ...options, ...kernel, initramfs });
    await rm(initramfs);
    return { kernel: kernel.release, accelerator };
  } catch (error) {
    await endNodes(folder, 'all');
    throw withRoomToMake(error, [options.cache, folder]);
  }
}

async function startMachine(options: BootOptions, machine: Omit<QemuOptions, 'accelerator'>): Promise<Accelerator> {
  const { folder, say, signal } = options;
  const tries: readonly Accelerator[] = [...((await mayUseKvm()) ? (['kvm'] as const) : []), 'tcg', 'tcg'];
  for (const [index, accelerator] of tries.entries()) {
    signal?.throwIfAborted();
    await startKeeper(options, qemuCommand({ ...machine, accelerator }));
    const stumble = await awaitStart(folder, accelerator, signal);
    if (stumble === null) return accelerator;
    if (index === tries.length - 1 || (accelerator === 'tcg' && !stumble.begun)) throw stumble.failure;
    say(instead(accelerator, stumble));
    await endNodes(folder, 'all');
  }
  throw new TypeError('every way to start a machine was tried');
}

function instead(accelerator: Accelerator, { begun, reason }: Stumble): string {
  if (accelerator === 'tcg') return `the virtual machine did not come to stand (${reason}): starting it once more`;
  return begun
    ? `the virtual machine did not come to stand under /dev/kvm (${reason}): using software emulation`
    : 'no virtual machine starts under this /dev/kvm: using software emulation';
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
