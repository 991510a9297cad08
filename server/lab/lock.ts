import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../core/failure.ts';
import { agentBinary } from './agent-binary.ts';

/** Runs `work` while no other process changes this lab. The lock is a process's, and goes with it however it ends. */
export async function holdingLab<T>(topology: string, folder: string, work: () => Promise<T>): Promise<T> {
  const holder = execa(await agentBinary(), ['lock', join(folder, 'lock')], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    reject: false,
  });
  try {
    const said = await new Promise<string>((resolve) => {
      holder.stdout.once('data', (data: Buffer | string) => {
        resolve(data.toString().trim());
      });
      void holder.then(({ stderr }) => {
        resolve(stderr);
      });
    });
    if (said === 'busy')
      throw new Failure('locked', `The lab of ${topology} is being changed by another process`, {
        detail: 'Wait for it to end, then try again.',
      });
    if (said !== 'held') throw new Failure('lab', `The lab of ${topology} cannot be locked`, { detail: said });
    return await work();
  } finally {
    holder.stdin.end();
    await holder;
  }
}
