/** A program that says `ready`, and from then on is told lines and answers with lines. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export class LineProgram {
  readonly #child: ChildProcess;
  readonly #stdin: Writable;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;

  private constructor(argv: readonly string[]) {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#stdin = child.stdin;
    const output: Readable = child.stdout;
    this.#lines = createInterface({ input: output })[Symbol.asyncIterator]();
    this.#name = argv.join(' ');
  }

  static async start(argv: readonly string[]): Promise<LineProgram> {
    const program = new LineProgram(argv);
    if ((await program.next()) !== 'ready') throw new Error(`${program.#name} did not start`);
    return program;
  }

  write(text: string): void {
    this.#stdin.write(text);
  }

  async next(): Promise<string> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`${this.#name} has ended`);
    return line.value;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#stdin.end();
    await gone;
  }
}
