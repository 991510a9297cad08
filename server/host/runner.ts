import { hostname } from 'node:os';
import { execa } from 'execa';
import { Failure } from '../core/failure.ts';
import type { HostConnection, HostSession, Program, ProgramResult } from './connection.ts';
import { createAnswerReader, encodePrograms } from './frames.ts';
import type { Answer } from './frames.ts';
import { SESSION_SCRIPT } from './script.ts';

/** This machine itself. */
export function connectLocal(host: string): HostConnection {
  return connectThrough(host, []);
}

/**
 * A machine or namespace that is entered by putting `prefix` before the command (`nsenter --target 4711 --net …`).
 * `open` throws a Failure: `locked` with the holder's name, `host-unreachable` where the session does not come to stand.
 */
export function connectThrough(host: string, prefix: readonly string[]): HostConnection {
  return { host, open: ({ lock }) => openSession(host, prefix, lock) };
}

interface Waiter {
  readonly results: ProgramResult[];
  readonly resolve: (results: readonly ProgramResult[]) => void;
  readonly reject: (failure: Failure) => void;
}

async function openSession(host: string, prefix: readonly string[], lock: boolean): Promise<HostSession> {
  const user = process.env['USER'] ?? `uid ${String(process.geteuid?.())}`;
  const holder = `${user} on ${hostname()}, pid ${String(process.pid)}`;
  const [file, ...args] = [...prefix, 'sh', '-c', SESSION_SCRIPT, 'trunkline-session', lock ? 'lock' : 'free', holder];
  const child = execa(file, args, {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: { stdout: false, stderr: true },
    encoding: 'buffer',
    reject: false,
  });

  let waiter: Waiter | undefined;
  let greeting: { readonly resolve: () => void; readonly reject: (failure: Failure) => void } | undefined;
  let ended: Failure | undefined;
  let started = 0;

  const onAnswer = (answer: Answer): void => {
    if (answer.type === 'result') {
      started += 1;
      waiter?.results.push(answer.result);
    } else if (answer.text === 'sync') {
      const done = waiter;
      waiter = undefined;
      done?.resolve(done.results);
    } else if (answer.text === 'ready') {
      greeting?.resolve();
    } else {
      ended = refusal(host, answer.text);
    }
  };
  child.stdout.on('data', createAnswerReader(onAnswer));
  // A session that dies while it is written to shows as EPIPE here; how it ended is told by `child` below.
  child.stdin.on('error', () => undefined);

  const closed = child.then((result) => {
    const stderr = Buffer.from(result.stderr).toString('utf8').trim();
    ended ??= new Failure('host-unreachable', `The session on ${host} ended`, {
      detail: stderr === '' ? (result.shortMessage ?? 'It closed without a word.') : stderr,
    });
    greeting?.reject(ended);
    waiter?.reject(ended);
  });

  await new Promise<void>((resolve, reject) => {
    greeting = { resolve, reject };
  });
  greeting = undefined;

  return {
    host,
    get started() {
      return started;
    },
    run(programs: readonly Program[]) {
      return new Promise((resolve, reject) => {
        if (ended !== undefined) {
          reject(ended);
          return;
        }
        waiter = { results: [], resolve, reject };
        child.stdin.write(encodePrograms(programs));
      });
    },
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}

function refusal(host: string, line: string): Failure {
  if (line.startsWith('locked')) {
    return new Failure('locked', `Another run holds ${host}`, {
      detail: `It is held by ${line.slice('locked '.length).trim() || 'an unnamed process'}. Wait for it to end, then try again.`,
    });
  }
  if (line === 'no-lock-file') {
    return new Failure('no-rights', `No right to take the lock of ${host}`, {
      detail: 'Changing a host needs root on it (/run/trunkline cannot be written).',
    });
  }
  return new Failure('host-unreachable', `The session on ${host} answered with something else`, {
    detail: JSON.stringify(line.slice(0, 200)),
  });
}
