/** Starts the web process: without rights, without our environment, out of reach of the terminal's signals. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Failure } from '../core/failure.ts';
import type { WebConfig } from './web-config.ts';

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];

/**
 * It has two rights left of root's, until it has become another user: that of becoming one. The modules that it is made of are read
 * before that, and the socket is come to; nothing from outside is.
 */
const LAST_RIGHTS = ['--bounding-set=-all,+setuid,+setgid', '--inh-caps=-all', '--ambient-caps=-all'];
const NO_RIGHTS = ['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];

/** @param log an open file that requests are told to, which it gets. */
export function startWeb(config: WebConfig, main: string, log: number | null): ChildProcess {
  const [command, ...args] = [...privileges(config), process.execPath, ...belt(config), main, 'web-process'];
  const child = spawn(command, args, {
    cwd: '/',
    // A session of its own: Ctrl-C is ours to pass on, and the terminal not its to write into.
    detached: true,
    env: {
      ...kept(['PATH', 'LANG', 'LC_ALL', 'NO_COLOR', 'FORCE_COLOR']),
      // Who came by the link is whoever started us, and not the number that it runs under.
      USER: process.env['USER'] ?? `uid-${String(process.geteuid?.() ?? 0)}`,
    },
    stdio: ['pipe', 2, 2, log ?? 'ignore'],
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(config));
  return child;
}

function privileges({ user }: WebConfig): readonly string[] {
  const setpriv = SETPRIV.find((path) => existsSync(path));
  const root = process.geteuid?.() === 0;
  if (setpriv === undefined && root)
    throw new Failure('tool-missing', 'setpriv is not installed', {
      detail: 'As root, the web process is started with it, so that it has no rights: it is part of util-linux.',
    });
  if (setpriv === undefined) return [];
  const rights = root ? (user === null ? NO_RIGHTS : LAST_RIGHTS) : [];
  return [setpriv, '--no-new-privs', ...rights, '--'];
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
