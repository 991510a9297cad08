import { spawnSync } from 'node:child_process';

/** Runs a tool of this machine to its end and gives what it printed; with `mayFail`, an empty text where it failed. */
export function runTool(
  tool: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string; readonly mayFail?: boolean } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(tool, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 300_000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (error === undefined && status === 0) return stdout;
  if (options.mayFail === true) return '';
  const reason = error === undefined ? stderr.trim() : error.message;
  throw new Error(`${[tool, ...args].join(' ')}: ${reason}`);
}
