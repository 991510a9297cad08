/** Namespaces of a test's own: named at random, removed whatever happens. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface Scratch {
  /** Makes a namespace with `lo` up; its name starts with the given word. */
  add(word: string): string;
  /** Runs a program there; throws where it fails. */
  run(namespace: string, argv: readonly string[], stdin?: string): string;
  /** The same, with the exit code for an answer. */
  attempt(
    namespace: string,
    argv: readonly string[],
    stdin?: string,
  ): { readonly exitCode: number; readonly output: string };
  /** Starts a program there that lives until it is stopped or the test ends. */
  start(namespace: string, argv: readonly string[]): ChildProcess;
  remove(): void;
}

export function scratchNamespaces(): Scratch {
  const made: string[] = [];
  const started: ChildProcess[] = [];
  const attempt: Scratch['attempt'] = (namespace, argv, stdin) => {
    const { status, stdout, stderr, error } = spawnSync('ip', ['netns', 'exec', namespace, ...argv], {
      input: stdin ?? '',
      encoding: 'utf8',
      timeout: 30_000,
      maxBuffer: 256 << 20,
    });
    if (error !== undefined) throw error;
    return { exitCode: status ?? -1, output: `${stdout}${stderr}` };
  };
  const run: Scratch['run'] = (namespace, argv, stdin) => {
    const { exitCode, output } = attempt(namespace, argv, stdin);
    if (exitCode !== 0) throw new Error(`${argv.join(' ')} in ${namespace}: ${output}\n${stdin ?? ''}`);
    return output;
  };
  return {
    attempt,
    run,
    add(word) {
      const name = `${word}-${randomBytes(4).toString('hex')}`;
      const { status, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`ip netns add ${name}: ${stderr}`);
      made.push(name);
      run(name, ['ip', 'link', 'set', 'dev', 'lo', 'up']);
      return name;
    },
    start(namespace, argv) {
      const child = spawn('ip', ['netns', 'exec', namespace, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
      started.push(child);
      return child;
    },
    remove() {
      for (const child of started) child.kill('SIGKILL');
      for (const name of made) spawnSync('ip', ['netns', 'del', name]);
    },
  };
}
