import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { MAIN } from './command-line.ts';

export interface Terminal {
  type(text: string): void;
  /** Waits until what was shown since the last time matches, and gives it. */
  until(pattern: RegExp): Promise<string>;
  /** Makes the window another size, as a terminal emulator does. */
  resize(rows: number, columns: number): Promise<void>;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

const LIMIT_MS = 90_000;

/** Runs the command line on a terminal of its own (script(1)). */
export function onTerminal(...words: readonly string[]): Terminal {
  const command = 'echo "on $(tty)"; exec "$TRUNKLINE_NODE" "$TRUNKLINE_MAIN" $TRUNKLINE_WORDS';
  const env = {
    ...process.env,
    TRUNKLINE_NODE: process.execPath,
    TRUNKLINE_MAIN: MAIN,
    TRUNKLINE_WORDS: words.join(' '),
  };
  const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  let taken = 0;
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    ended,
    type: (text) => child.stdin.write(text),
    async until(pattern) {
      const from = taken;
      for (let waitedMs = 0; waitedMs < LIMIT_MS; waitedMs += 50) {
        const now = shown.slice(from);
        const match = pattern.exec(now);
        if (match !== null) {
          taken = from + match.index + match[0].length;
          return now;
        }
        await sleep(50);
      }
      throw new Error(`${String(pattern)} was not shown, but ${JSON.stringify(shown.slice(from))}`);
    },
    async resize(rows, columns) {
      const device = /on (\/dev\/pts\/\d+)/.exec(shown)?.[1] ?? '';
      await execa('stty', ['-F', device, 'rows', String(rows), 'columns', String(columns)]);
    },
  };
}
