/** A folder served by two processes: this one, which may act on hosts, and one for the web, which may do nothing. */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findPage } from '../api/find-page.ts';
import type { LogLevel } from '../api/log-levels.ts';
import { Failure } from '../core/failure.ts';
import { openMirror } from './mirror.ts';
import { openOperator } from './open.ts';
import type { OwnOperator } from './open.ts';
import type { WebPlaces } from './places-of-web.ts';
import { makeWebPlaces } from './places-of-web.ts';
import { startWeb } from './start-web.ts';
import { stateOfWeb } from './state-of-web.ts';
import type { Web, WebOptions } from './web.ts';
import { openWeb } from './web.ts';
import { LOG_FD } from './web-config.ts';
import { readableProgram } from './web-program.ts';
import type { WebProgram } from './web-program.ts';
import { chooseWebUser } from './web-user.ts';
import type { WebUser } from './web-user.ts';
import { webFolder } from '../store/place.ts';

export interface SiteOptions extends Pick<WebOptions, 'report' | 'onRestarted' | 'onGivenUp' | 'signal'> {
  readonly page?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly proxies?: readonly string[] | undefined;
  /** An open file, or stderr (2). */
  readonly log?: { readonly fd: number; readonly level?: LogLevel | undefined } | undefined;
  /** The program that both processes run. */
  readonly main?: string;
}

export interface OperatedSite extends Pick<Web, 'url' | 'signsIn' | 'pid' | 'newLink'> {
  /** Ends the web process, then waits for runs that are being made. */
  close(): Promise<void>;
}

export async function operateSite(folder: string, options: SiteOptions): Promise<OperatedSite> {
  const path = resolve(folder);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new Failure('file-unreadable', 'There is no such folder.', { detail: path });
  const wanted = { main: options.main ?? process.argv[1] ?? '', page: options.page ?? findPage() };
  const chosen = chooseWebUser(webFolder());
  const places = await makeWebPlaces(chosen);
  let operator: OwnOperator | undefined;
  const end = async (): Promise<void> => {
    await operator?.settled();
    await operator?.close();
    await places.remove();
  };
  try {
    const { user, program } = await programFor(wanted, chosen, places, options.report);
    const state = await stateOfWeb(user);
    const mirror = openMirror(path, places.topologies, user?.gid ?? null);
    operator = openOperator({ folder: path, mirror, report: options.report });
    await mirror.refresh();
    const { host = null, port = null, origin = null, proxies = [], log, signal } = options;
    const web = await openWeb(operator, {
      ...{ report: options.report, onRestarted: options.onRestarted, onGivenUp: options.onGivenUp, signal },
      socketFolder: places.socketFolder,
      config: {
        ...{ key: places.key, folder: places.topologies, viewsOf: path, state, page: program.page },
        ...{ server: randomBytes(9).toString('base64url'), host, port, origin, proxies, user },
        log: log === undefined ? null : { fd: log.fd === 2 ? 2 : LOG_FD, level: log.level ?? null },
      },
      start: (config) => startWeb(config, program.main, log === undefined || log.fd === 2 ? null : log.fd),
    });
    return {
      get url() {
        return web.url;
      },
      get signsIn() {
        return web.signsIn;
      },
      get pid() {
        return web.pid;
      },
      newLink: () => web.newLink(),
      async close() {
        await web.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Who the web process is to be, and what it can read as that one. */
async function programFor(
  program: WebProgram,
  chosen: WebUser | null,
  { base }: WebPlaces,
  report: (error: Error) => void,
): Promise<{ readonly user: WebUser | null; readonly program: WebProgram }> {
  const readable = chosen === null ? null : await readableProgram(program, chosen, base);
  if (chosen !== null && readable !== null) return { user: chosen, program: readable };
  if (process.geteuid?.() === 0)
    report(
      new Failure(
        'no-rights',
        chosen === null
          ? 'No other user can be had here: the web process runs as this one, without capabilities.'
          : 'The sources lie where other users cannot read them: the web process runs as root, without capabilities.',
      ),
    );
  return { user: null, program };
}
