/**
 * The process that a session is. Started by Node's own means: a session is waited for from the first millisecond on, and loading
 * a library for it takes longer than a session on this machine takes to stand.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';

export interface ChildEnd {
  /** `undefined` where it did not end by itself, or was never there. */
  readonly exitCode: number | undefined;
  /** `ENOENT` where the program is not installed. */
  readonly code: string | undefined;
  /** As much of it as was asked for. */
  readonly stderr: string;
  /** How it ended, in a few words; '' where it ended well. */
  readonly summary: string;
}

export interface Child {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Once it is gone, and all that it has said was read. */
  readonly ended: Promise<ChildEnd>;
  /** Ends it at once. Others may still hold the ends of its pipes (who shares an ssh connection has handed them to the process that keeps it): they are not waited for. */
  readonly kill: () => void;
}

/** @param stderrMost bytes that it may say besides: one that says more is ended. */
export function startChild([file = '', ...args]: readonly string[], stderrMost: number): Child {
  const child: ChildProcess = spawn(file, args, { stdio: 'pipe' });
  // Without a process there may be no pipes either: what is written is lost then, and how it ended says why.
  const { stdin, stdout, stderr } = child as { [K in 'stdin' | 'stdout' | 'stderr']?: ChildProcess[K] };
  const [output, errors] = [stdout ?? new PassThrough().end(), stderr ?? new PassThrough().end()];
  const said: Buffer[] = [];
  let room = stderrMost;
  errors.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, room);
    room -= kept.length;
    said.push(kept);
    if (kept.length < chunk.length) kill();
  });
  const kill = (): void => {
    child.kill('SIGKILL');
    output.destroy();
    errors.destroy();
  };
  const ended = new Promise<ChildEnd>((resolve) => {
    const end = (exitCode: number | null, signal: string | null, problem?: NodeJS.ErrnoException): void => {
      living.delete(child);
      resolve({
        exitCode: problem === undefined ? (exitCode ?? undefined) : undefined,
        code: problem?.code,
        stderr: Buffer.concat(said).toString('utf8').trim(),
        summary: summaryOf(file, exitCode, signal, problem),
      });
    };
    child.on('error', (problem) => {
      if (child.pid === undefined) end(null, null, problem);
    });
    child.on('close', end);
  });
  remember(child);
  return {
    stdin: stdin ?? new PassThrough(),
    stdout: output,
    ended,
    kill,
  };
}

const living = new Set<ChildProcess>();

/** Whatever this process ends for, none goes on without it. */
function remember(child: ChildProcess): void {
  process.removeListener('exit', endAll).once('exit', endAll);
  living.add(child);
}

function endAll(): void {
  for (const child of living) child.kill();
}

function summaryOf(file: string, exitCode: number | null, signal: string | null, problem?: Error): string {
  if (problem !== undefined) return `${file} could not be started: ${problem.message}`;
  if (signal !== null) return `${file} was ended by ${signal}`;
  return exitCode === 0 ? '' : `${file} ended with exit code ${String(exitCode)}`;
}
