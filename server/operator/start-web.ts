/** Starts the web process: without rights, without our environment, out of reach of the terminal's signals. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Failure } from '../core/failure.ts';
import type { WebConfig } from './web-config.ts';

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];

/**
 * It has two rights left of root's, until it has become another user: that of becoming one. The modules that it is made of are read
 * before that, since they may lie where only root can read them; nothing from outside is.
 */
const LAST_RIGHTS = ['--bounding-set=-all,+setuid,+setgid', '--inh-caps=-all', '--ambient-caps=-all'];

export function startWeb(config: WebConfig, program = process.argv[1] ?? ''): ChildProcess {
  const setpriv = SETPRIV.find((path) => existsSync(path));
  if (setpriv === undefined && config.user !== null)
    throw new Failure('tool-missing', 'setpriv is not installed', {
      detail: 'As root, the web process is started with it, so that it has no rights: it is part of util-linux.',
    });
  const node = [process.execPath, ...belt(config), program, 'web-process'];
  const [command = '', ...args] =
    setpriv === undefined
      ? node
      : [setpriv, '--no-new-privs', ...(config.user === null ? [] : LAST_RIGHTS), '--', ...node];
  const child = spawn(command, args, {
    cwd: '/',
    // A session of its own: Ctrl-C is ours to pass on, and the terminal not its to write into.
    detached: true,
    env: kept(['PATH', 'LANG', 'LC_ALL', 'USER', 'NO_COLOR', 'FORCE_COLOR']),
    stdio: ['pipe', 2, 2],
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(config));
  return child;
}

/** Node's own permissions: nothing is written outside of its folder, and no process started. */
function belt({ state }: WebConfig): readonly string[] {
  return [
    '--permission',
    '--allow-fs-read=*',
    `--allow-fs-write=${state}`,
    '--allow-worker',
    '--disable-warning=PERM0006',
  ];
}

function kept(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
