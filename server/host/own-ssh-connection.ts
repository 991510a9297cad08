import { readFileSync } from 'node:fs';

/** No process has more ancestors that matter: shells, sudo, a terminal multiplexer. */
const ANCESTORS_MOST = 30;

/**
 * SSH_CONNECTION of whoever started this process: `192.0.2.7 53022 10.0.0.1 22`; empty where he did not come by ssh. sudo takes
 * it away, so that it is looked for in the environment of the processes above too (proc(5)).
 */
export function ownSshConnection(): string {
  const own = process.env['SSH_CONNECTION'];
  if (own !== undefined) return own;
  let pid = process.ppid;
  for (let step = 0; step < ANCESTORS_MOST && pid > 1; step += 1) {
    const entry = readWhole(`/proc/${String(pid)}/environ`)
      .split('\0')
      .find((each) => each.startsWith('SSH_CONNECTION='));
    if (entry !== undefined) return entry.slice('SSH_CONNECTION='.length);
    pid = Number(/^PPid:\s*(\d+)$/m.exec(readWhole(`/proc/${String(pid)}/status`))?.[1] ?? 0);
  }
  return '';
}

/** What cannot be read (another user's, or one that has ended) tells nothing. */
function readWhole(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
