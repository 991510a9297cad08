/** What is known from outside about the virtual machine that a lab stands in; read from its folder and processes every time. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../core/failure.ts';
import { livingProcess } from '../process-record.ts';

const MachineFile = z.object({
  format: z.literal(1),
  topology: z.string(),
  /** The file that the lab was brought up from, as an absolute path; `null` where it came from stdin. */
  file: z.string().nullable(),
  memoryMiB: z.number(),
  /** Once it stands: `6.1.0-56-cloud-amd64`. */
  kernel: z.string().nullable(),
  accelerator: z.enum(['kvm', 'tcg']).nullable(),
});
export type MachineFile = z.infer<typeof MachineFile>;

export interface Machine extends MachineFile {
  readonly folder: string;
  readonly state: 'standing' | 'died';
  /** Of its keeper; 0 where it has died. */
  readonly pid: number;
  /** Why it is not there any more, where that is known. */
  readonly reason: string | null;
}

export function machineFolder(labFolder: string): string {
  return join(labFolder, 'machine');
}

export async function writeMachineFile(folder: string, content: MachineFile): Promise<void> {
  const draft = join(folder, 'machine.json.new');
  await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  await rename(draft, join(folder, 'machine.json'));
}

/** The machine of a lab; `null` where it has none. One that never came to stand counts as died. */
export async function readMachine(labFolder: string): Promise<Machine | null> {
  const folder = machineFolder(labFolder);
  const text = await readFile(join(folder, 'machine.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const file = MachineFile.safeParse(parseJson(text));
  if (!file.success) return null;
  const keeper = await livingProcess(folder, 'keeper');
  const stands = keeper !== null && file.data.kernel !== null;
  const reason = stands ? null : await readFile(join(folder, 'ended'), 'utf8').catch(() => '');
  return {
    ...file.data,
    folder,
    state: stands ? 'standing' : 'died',
    pid: stands ? keeper.pid : 0,
    reason: reason === null || reason.trim() === '' ? null : reason.trim(),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Half a file is none: it is written whole and then named.
  }
}

export function machineGone(topology: string, { state, reason }: Machine): Failure {
  const down = `trunkline lab down --topology ${topology}`;
  if (state === 'standing') {
    return new Failure('lab', `The virtual machine of the lab of ${topology} does not answer`, {
      toDo: ['Wait, where this machine is very busy', `Or remove it: ${down}`],
    });
  }
  return new Failure('lab', `The virtual machine of the lab of ${topology} has died`, {
    ...(reason === null ? {} : { detail: `${reason}.` }),
    toDo: ['Bring it up again: trunkline lab up FILE', `Or remove it: ${down}`],
  });
}
