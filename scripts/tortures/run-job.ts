/** Starts the process of a job, hands on what it says, and sees to it that it ends. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Job, Said } from './job.ts';

/** Cases that hang say so themselves; so long nothing is heard only of a process that does not get to it, or does not get its rig opened. */
const SILENT_MS = 400_000;

export interface RunningJob {
  /** Gives why it broke down, where it did not end by itself. */
  readonly ended: Promise<string | null>;
  /** After the case at hand. */
  readonly stop: () => void;
  /** With everything it started. */
  readonly kill: () => void;
}

export function runJob(job: Job, onSaid: (said: Said) => void): RunningJob {
  const worker = path.join(import.meta.dirname, 'worker.ts');
  // A group of its own: an interrupt of the terminal does not reach it, and it can be ended with all that it started.
  const child = spawn(process.execPath, [worker, JSON.stringify(job)], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  };
  let hung = false;
  let stderr = '';
  child.stderr?.on('data', (data: Buffer) => (stderr = `${stderr}${data.toString()}`.slice(-2000)));
  const hang = (): void => {
    hung = true;
    kill();
  };
  let silence = setTimeout(hang, SILENT_MS);
  // Of `stdio` above: the fourth is a pipe that is read.
  const said = createInterface({ input: child.stdio[3] as Readable });
  said.on('line', (line) => {
    clearTimeout(silence);
    silence = setTimeout(hang, SILENT_MS);
    onSaid(JSON.parse(line) as Said);
  });
  const ended = new Promise<string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(silence);
      if (code === 0) resolve(null);
      else if (hung) resolve(`nothing was heard of it for ${String(SILENT_MS / 1000)} s`);
      else resolve(`the process ended with ${String(code ?? signal)}\n${stderr}`.trim());
    });
  });
  return { ended, stop: () => child.stdin?.end(), kill };
}
