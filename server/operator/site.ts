/** A folder served by two processes: this one, which may act on hosts, and one for the web, which may do nothing. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../core/failure.ts';
import { openMirror } from './mirror.ts';
import { openOperator } from './open.ts';
import { makeWebPlaces } from './places-of-web.ts';
import { openWeb } from './web.ts';
import type { WebOptions } from './web.ts';
import { chooseWebUser } from './web-user.ts';

export interface SiteOptions extends Pick<WebOptions, 'report' | 'onGivenUp' | 'start'> {
  readonly page?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
}

export interface OperatedSite {
  readonly url: string;
  /** Of the web process. */
  readonly pid: number | undefined;
  /** A new one-time link. */
  newLink(): Promise<string>;
  /** Ends the web process, then waits for runs that are being made. */
  close(): Promise<void>;
}

export async function operateSite(folder: string, options: SiteOptions): Promise<OperatedSite> {
  const path = resolve(folder);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new Failure('file-unreadable', 'There is no such folder.', { detail: path });
  const user = chooseWebUser();
  const places = await makeWebPlaces(user);
  const mirror = openMirror(path, places.topologies, user?.gid ?? null);
  const operator = openOperator({ folder: path, mirror, report: options.report });
  const end = async (): Promise<void> => {
    await operator.settled();
    await operator.close();
    await places.remove();
  };
  try {
    await mirror.refresh();
    const { page = null, host = null, port = null, ...rest } = options;
    const web = await openWeb(operator, { ...rest, page, host, port, user, places });
    return {
      get url() {
        return web.url;
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
