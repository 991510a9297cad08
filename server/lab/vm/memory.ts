import { readFile } from 'node:fs/promises';
import { Failure } from '../../core/failure.ts';

/** QEMU itself, and its server of files. */
const BESIDES_MIB = 128;

export const MORE_MEMORY = 'end other programs, or take other virtual labs down (trunkline lab list shows them)';

/** Throws `lab` where the machine has less to give than that, before anything is started. */
export async function refuseTooLittleMemory(memoryMiB: number): Promise<void> {
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  const freeMiB = Math.floor(Number(available ?? Infinity) / 1024);
  if (freeMiB >= memoryMiB + BESIDES_MIB) return;
  throw new Failure('lab', 'Too little memory for the virtual machine', {
    detail: `It needs ${String(memoryMiB + BESIDES_MIB)} MiB, and ${String(freeMiB)} MiB are available here.`,
    toDo: [`Make room: ${MORE_MEMORY}`],
  });
}
