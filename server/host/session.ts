/**
 * A session: one process that takes programs and answers what became of them (see `script.ts`). What is at its other end may
 * be anything (a host that was taken over, a device that only looks like a host): nothing it says is believed further than
 * the frames go, and it gets neither memory nor time without end.
 */
import { Failure } from '../core/failure.ts';
import { startChild } from './child.ts';
import type { HostSession, Program, ProgramResult } from './connection.ts';
import { createAnswerReader, createMarkFinder, encodeProgram, SYNC } from './frames.ts';
import type { Answer } from './frames.ts';

export interface SessionStart {
  readonly host: string;
  /** The process that the session is. */
  readonly argv: readonly string[];
  /** Sent before the first frame. */
  readonly preamble?: Buffer;
  /** A line that the host prints when the session begins; what comes before it is a greeting of its own. */
  readonly mark?: string;
  readonly limits?: SessionLimits;
  /** Asked for before it is even known that the session stands: by whoever has other things to do until then. */
  readonly asked?: readonly Program[];
  /** What to say where the process ended too early. */
  readonly explain?: (end: SessionEnd) => Failure;
}

export interface SessionLimits {
  /** From the start of the process to its readiness. */
  readonly readyMs: number;
  /** For the programs of one exchange together. */
  readonly exchangeMs: number;
  /** After the session was closed, for the process to end by itself. */
  readonly closeMs: number;
}

export interface SessionEnd {
  readonly exitCode: number | undefined;
  /** `ENOENT` where the program of the process is not installed. */
  readonly code: string | undefined;
  readonly stderr: string;
  /** What came before the mark, or instead of it. */
  readonly greeting: string;
  readonly ready: boolean;
  readonly summary: string;
}

const UNLIMITED: SessionLimits = { readyMs: Infinity, exchangeMs: Infinity, closeMs: Infinity };
/** A program's own errors travel in frames: what is left for stderr is a few lines. */
const STDERR_MOST = 256 * 1024;

/** What a pipe takes without anybody reading it (pipe(7)). */
const PIPE = 65_536;

interface Waiter {
  readonly asked: number;
  readonly results: ProgramResult[];
  readonly resolve: (results: readonly ProgramResult[]) => void;
  readonly reject: (failure: Failure) => void;
}

/** A session that can be let go. */
export interface OwnSession extends HostSession {
  /** What became of the programs that were asked for at the start; none where there were none. */
  readonly answered: Promise<readonly ProgramResult[]>;
  /** Ends it at once, whatever it is doing. */
  abandon(): void;
}

/** Throws a Failure: `locked` with the holder's name, what `explain` says where the session does not come to stand. */
export async function startSession(start: SessionStart): Promise<OwnSession> {
  const { host, limits = UNLIMITED } = start;
  const explain = start.explain ?? ((gone: SessionEnd): Failure => closedEarly(host, gone));
  const child = startChild(start.argv, STDERR_MOST);

  let waiter: Waiter | undefined;
  let greeting: { readonly resolve: () => void; readonly reject: (failure: Failure) => void } | undefined;
  let ended: Failure | undefined;
  let ready = false;
  let started = 0;
  let gone: () => void = () => undefined;

  /** Nothing more is said or heard. */
  const end = (failure: Failure): void => {
    ended ??= failure;
    greeting?.reject(ended);
    waiter?.reject(ended);
    waiter = undefined;
  };
  const cut = (failure: Failure): void => {
    end(failure);
    child.kill();
    gone();
  };
  const onAnswer = (answer: Answer): void => {
    if (ended !== undefined) return;
    if (answer.type === 'flood') cut(notOurs(host, answer.text));
    else if (answer.type === 'result') onResult(answer.result);
    else if (answer.text === 'ready' && !ready) {
      ready = true;
      greeting?.resolve();
    } else if (answer.text === 'sync' && waiter !== undefined) {
      const done = waiter;
      waiter = undefined;
      done.resolve(done.results);
    } else if (ready) cut(notOurs(host, answer.text));
    else cut(refusal(host, answer.text));
  };
  const onResult = (result: ProgramResult): void => {
    started += 1;
    if (waiter === undefined || waiter.results.length === waiter.asked) cut(notOurs(host, 'an answer to no question'));
    else waiter.results.push(result);
  };
  const reader = createAnswerReader(onAnswer);
  const finder = start.mark === undefined ? undefined : createMarkFinder(start.mark, reader);
  child.stdout.on('data', (chunk: Buffer) => {
    if (ended !== undefined) return;
    if (finder === undefined) reader(chunk);
    else if (!finder.take(chunk)) cut(notOurs(host, finder.before().toString('latin1')));
  });
  // A session that dies while it is written to shows as EPIPE here; how it ended is told below.
  child.stdin.on('error', () => undefined);

  const closed = child.ended.then((gone) => {
    const said = finder?.found() === false ? finder.before().toString('latin1') : '';
    end(explain({ ...gone, greeting: said, ready }));
  });

  const within = async <T>(promise: Promise<T>, limitMs: number, doing: string): Promise<T> => {
    if (limitMs === Infinity) return promise;
    const timer = setTimeout(() => {
      cut(tooLate(host, doing, limitMs));
    }, limitMs);
    return promise.finally(() => {
      clearTimeout(timer);
    });
  };

  const write = (bytes: Buffer): Promise<void> =>
    new Promise((resolve) => {
      child.stdin.write(bytes, () => {
        resolve();
      });
    });
  /** Piece by piece, up to where all that is left has room in the pipe. */
  const send = async (pieces: readonly Buffer[]): Promise<void> => {
    for (const [index, piece] of pieces.entries()) {
      const rest = [...pieces.slice(index), SYNC];
      if (rest.reduce((sum, { length }) => sum + length, 0) <= PIPE) {
        child.stdin.write(Buffer.concat(rest));
        return;
      }
      await write(piece);
    }
    child.stdin.write(SYNC);
  };
  let sending = Promise.resolve();

  const standing = new Promise<void>((resolve, reject) => {
    greeting = { resolve, reject };
  });
  const ask = (programs: readonly Program[]): Promise<readonly ProgramResult[]> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(ended);
        return;
      }
      waiter = { asked: programs.length, results: [], resolve, reject };
      sending = send(programs.map(encodeProgram));
    });
  if (start.preamble !== undefined) child.stdin.write(start.preamble);
  const answered = start.asked === undefined ? Promise.resolve([]) : ask(start.asked);
  // Whoever waits for it is told; where nobody does any more, nobody has to be.
  answered.catch(() => undefined);
  await within(standing, limits.readyMs, 'come to stand');
  greeting = undefined;

  return {
    host,
    get started() {
      return started;
    },
    answered,
    run: (programs) => within(ask(programs), limits.exchangeMs, 'answer'),
    sent: () => sending,
    abandon() {
      cut(new Failure('host-unreachable', `The session on ${host} was given up`));
    },
    async close() {
      child.stdin.end();
      const late = new Promise<void>((resolve) => (gone = resolve));
      await within(Promise.race([closed, late]), limits.closeMs, 'end');
    },
  };
}

function closedEarly(host: string, { stderr, summary }: SessionEnd): Failure {
  return new Failure('host-unreachable', `The session on ${host} ended`, {
    detail: stderr !== '' ? stderr : summary === '' ? 'It closed without a word.' : summary,
  });
}

/** Anything but what the script prints: somebody else is at the other end, or between. */
function notOurs(host: string, text: string): Failure {
  return new Failure('host-unreachable', `The session on ${host} answered with something else`, {
    detail: `${JSON.stringify(text.slice(0, 200))}: it was cut off there.`,
  });
}

function tooLate(host: string, doing: string, limitMs: number): Failure {
  return new Failure('host-unreachable', `The session on ${host} does not ${doing}`, {
    detail: `It was waited for ${String(Math.round(limitMs / 1000))} s, then cut off.`,
  });
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
  return notOurs(host, line);
}
