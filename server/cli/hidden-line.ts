import { text as readWhole } from 'node:stream/consumers';
import { Failure } from '../core/failure.ts';

/** A line that is not shown while it is typed; where stdin is no terminal, its first line. Never from the command line itself. */
export async function readHiddenLine(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return ((await readWhole(stdin)).split('\n')[0] ?? '').replace(/\r$/, '');
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  try {
    return await typed(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

const GIVEN_UP = '\u0003';
const ENDS = new Set(['\r', '\n', '\u0004', GIVEN_UP]);

function typed(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const take = (chunk: string): void => {
      for (const key of chunk) {
        if (ENDS.has(key)) {
          stdin.off('data', take);
          if (key === GIVEN_UP) reject(new Failure('usage', 'Given up: nothing is changed'));
          else resolve(line);
          return;
        }
        if (key === '\u007f' || key === '\b') line = Array.from(line).slice(0, -1).join('');
        else if (key >= ' ') line += key;
      }
    };
    stdin.on('data', take);
  });
}
