import type { Program, ProgramResult } from './connection.ts';

/** The bytes that ask a session to run a program, and behind the last of them `SYNC`; see `script.ts` for the frames. */
export function encodeProgram({ argv, stdin }: Program): Buffer {
  const input = Buffer.from(stdin ?? '');
  for (const argument of argv) {
    // The frame is made of lines, and no name or value of ours has a line break or NUL: one that has is a defect.
    if (/[\n\0]/.test(argument)) throw new TypeError(`argument with a line break or NUL: ${JSON.stringify(argument)}`);
  }
  const head = `run ${String(argv.length)} ${String(input.length)}\n${argv.map((each) => `${each}\n`).join('')}`;
  return Buffer.concat([Buffer.from(head), input]);
}

export const SYNC = Buffer.from('sync\n');

export type Answer =
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'result'; readonly result: ProgramResult }
  /** More than is taken from a host: nothing behind it is read. */
  | { readonly type: 'flood'; readonly text: string };

/** No line of a session is longer; a host that goes on without a line break says something else. */
const LINE_MOST = 4096;
/** Of one program. Reading a host with 10,000 interfaces prints some 20 MB. */
const ANSWER_MOST = 128 * 1024 * 1024;

/** Takes the bytes of a session's stdout as they come and gives whole answers. */
export function createAnswerReader(onAnswer: (answer: Answer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  let awaited: { readonly exitCode: number; readonly out: number; readonly err: number } | undefined;
  let flooded = false;

  return (chunk) => {
    if (flooded) return;
    chunks.push(chunk);
    length += chunk.length;
    for (;;) {
      if (awaited !== undefined) {
        const size = awaited.out + awaited.err;
        if (length < size) return;
        const bytes = take(size);
        const { exitCode, out } = awaited;
        awaited = undefined;
        onAnswer({ type: 'result', result: { exitCode, stdout: bytes.subarray(0, out), stderr: bytes.subarray(out) } });
        continue;
      }
      const all = take(length);
      const end = all.indexOf(10);
      putBack(end < 0 ? all : all.subarray(end + 1));
      const size = end < 0 ? all.length : end;
      if (size <= LINE_MOST && end < 0) return;
      const fits = size <= LINE_MOST && takeLine(all.toString('latin1', 0, end));
      if (!fits) {
        flooded = true;
        putBack(Buffer.alloc(0));
        onAnswer({ type: 'flood', text: all.toString('latin1', 0, Math.min(size, LINE_MOST)) });
        return;
      }
    }
  };

  /** Gives false where it announces more than is taken. */
  function takeLine(text: string): boolean {
    const numbers = /^(\d+) +(\d+) +(\d+)$/.exec(text);
    if (numbers === null) onAnswer({ type: 'line', text });
    else awaited = { exitCode: Number(numbers[1]), out: Number(numbers[2]), err: Number(numbers[3]) };
    return awaited === undefined || awaited.out + awaited.err <= ANSWER_MOST;
  }

  function take(size: number): Buffer {
    const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    putBack(all.subarray(size));
    return all.subarray(0, size);
  }

  function putBack(rest: Buffer): void {
    chunks = rest.length === 0 ? [] : [rest];
    length = rest.length;
  }
}

/** What a host writes before the mark is a greeting for people; one that goes on is no shell of ours. */
const GREETING_MOST = 64 * 1024;

/**
 * Lets through what follows the line with the mark; what comes before it (what a login prints by itself) is kept for messages.
 * `false` from the function: too much came before it.
 */
export function createMarkFinder(
  mark: string,
  onBytes: (chunk: Buffer) => void,
): { readonly take: (chunk: Buffer) => boolean; readonly before: () => Buffer; readonly found: () => boolean } {
  const line = Buffer.from(`\n${mark}\n`);
  let before: Buffer = Buffer.alloc(0);
  let found = false;
  return {
    found: () => found,
    before: () => before,
    take(chunk) {
      if (found) {
        onBytes(chunk);
        return true;
      }
      const all = Buffer.concat([before, chunk]);
      const at = all.indexOf(line);
      found = at >= 0;
      before = found ? all.subarray(0, at) : all.subarray(0, GREETING_MOST);
      if (found) onBytes(all.subarray(at + line.length));
      return found || all.length <= GREETING_MOST;
    },
  };
}
