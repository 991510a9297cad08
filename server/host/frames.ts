import type { Program, ProgramResult } from './connection.ts';

/** The bytes that ask a session to run the programs; see `script.ts` for the frames. */
export function encodePrograms(programs: readonly Program[]): Buffer {
  const parts: Buffer[] = [];
  for (const { argv, stdin } of programs) {
    const input = Buffer.from(stdin ?? '');
    for (const argument of argv) {
      // The frame is made of lines, and no name or value of ours has a line break or NUL: one that has is a defect.
      if (/[\n\0]/.test(argument))
        throw new TypeError(`argument with a line break or NUL: ${JSON.stringify(argument)}`);
    }
    parts.push(
      Buffer.from(`run ${String(argv.length)} ${String(input.length)}\n${argv.map((each) => `${each}\n`).join('')}`),
    );
    parts.push(input);
  }
  parts.push(Buffer.from('sync\n'));
  return Buffer.concat(parts);
}

export type Answer =
  { readonly type: 'line'; readonly text: string } | { readonly type: 'result'; readonly result: ProgramResult };

/** Takes the bytes of a session's stdout as they come and gives whole answers. */
export function createAnswerReader(onAnswer: (answer: Answer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  let awaited: { readonly exitCode: number; readonly out: number; readonly err: number } | undefined;

  return (chunk) => {
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
      if (end < 0) return;
      const text = all.toString('latin1', 0, end);
      const numbers = /^(\d+) +(\d+) +(\d+)$/.exec(text);
      if (numbers === null) onAnswer({ type: 'line', text });
      else awaited = { exitCode: Number(numbers[1]), out: Number(numbers[2]), err: Number(numbers[3]) };
    }
  };

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
