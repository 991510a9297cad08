import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { AccountOptions, Accounts } from '../accounts/accounts.ts';
import { openAccounts } from '../accounts/accounts.ts';
import { Failure } from '../core/failure.ts';
import type { TopologyFiles } from './files.ts';
import { openFiles } from './files.ts';
import { openOperator } from '../operator/open.ts';
import type { Operator } from '../operator/operator.ts';
import { webFolder } from '../store/place.ts';
import { openViews } from '../store/views.ts';
import { openFolder } from './folder.ts';
import type { TopologyFolder } from './folder.ts';
import { frontOf, portOf } from './front.ts';
import type { Limits } from './guard.ts';
import { USUAL_LIMITS } from './guard.ts';
import { createLinks } from './links.ts';
import type { LogOptions } from './log.ts';
import { findPage } from './find-page.ts';
import { createServer } from './server.ts';
import type { Workers } from './work/workers.ts';
import { sharedWorkers } from './work/workers.ts';

export interface ServeOptions {
  /** 0: any free one. By default 7340, or any free one where that is taken. */
  readonly port?: number;
  /** Elsewhere than on loopback only with `origin`, and users. */
  readonly host?: string;
  /** `https://trunkline.example.net`: what stands before it with TLS is opened there. */
  readonly origin?: string;
  /** Addresses of what stands before it: only those may connect, and are believed about whom they ask for. */
  readonly proxies?: readonly string[];
  /** Where it keeps who may sign in, and what was tried. By default with the state of the machine, or of its user. */
  readonly state?: string;
  readonly accounts?: AccountOptions;
  readonly limits?: Partial<Limits>;
  readonly page?: string;
  /** What is worked out beside the server's own thread; by default on those that all servers of the process share. */
  readonly workers?: Workers;
  readonly log?: LogOptions | undefined;
  /** Another process's; one of this process where left out. */
  readonly operator?: Operator;
  /** How texts are read and written, where it is not with the rights of this process. */
  readonly files?: TopologyFiles;
  /** Folder that saved views are of, where another one holds copies of it. */
  readonly viewsOf?: string;
  readonly report: (failure: Error) => void;
}

export interface Serving {
  readonly server: FastifyInstance;
  readonly url: string;
  readonly port: number;
  readonly accounts: Accounts;
  /** Whether people sign in; else a link opens the page. */
  readonly signsIn: boolean;
  /** A new one-time link. Throws `usage` where people sign in. */
  newLink(): string;
  close(): Promise<void>;
}

const USUAL_PORT = 7340;

/** Serves the topologies in a folder to the browsers of this machine, until it is closed. */
export async function serve(folder: string, options: ServeOptions): Promise<Serving> {
  const path = resolve(folder);
  await requireFolder(path);
  const page = options.page ?? findPage();
  const workers = options.workers ?? sharedWorkers();
  const own = openFolder(path, workers);
  const topologies = options.operator === undefined ? own : refreshed(own, options.operator);
  const state = options.state ?? webFolder();
  const views = openViews(join(state, 'views.json'), options.viewsOf ?? path);
  const accounts = await openAccounts(state, options.accounts);
  const [operator, endOperator] = operatorFor(path, options);
  try {
    const signsIn = await accounts.hasUsers();
    const front = frontOf(options, signsIn);
    const links = createLinks();
    const limits = { ...USUAL_LIMITS, ...options.limits };
    const { report, log } = options;
    const server = await createServer({
      ...{
        folder: topologies,
        files: options.files ?? openFiles(path),
        operator,
        views,
        page,
        accounts,
        links,
        front,
        limits,
      },
      ...{ work: workers.figures, log, report },
    });
    server.addHook('onClose', () => accounts.close());
    await listen(server, front.host, options.port);
    const port = portOf(server);
    const url = front.origin ?? `http://${front.host}:${String(port)}`;
    const newLink = (): string => {
      if (!signsIn) return `${url}/open?token=${links.newLink()}`;
      throw new Failure('usage', 'There are users: they sign in, and no link opens the page.');
    };
    const close = async (): Promise<void> => {
      await server.close();
      await endOperator();
    };
    return { server, url, port, accounts, signsIn, newLink, close };
  } catch (error) {
    await accounts.close();
    await endOperator();
    throw error;
  }
}

/** Looks at the files as they are there now, where what lies in the folder are copies. */
function refreshed(folder: TopologyFolder, operator: Operator): TopologyFolder {
  return {
    ...folder,
    names: async () => {
      await operator.refresh();
      return folder.names();
    },
    read: async (name) => {
      await operator.refresh();
      return folder.read(name);
    },
    work: async (name, job, input) => {
      await operator.refresh();
      return folder.work(name, job, input);
    },
  };
}

/** And how it is ended, where it is ours: not before what it has begun is over. */
function operatorFor(folder: string, { operator, report }: ServeOptions): readonly [Operator, () => Promise<void>] {
  if (operator !== undefined) return [operator, () => Promise.resolve()];
  const own = openOperator({ folder, report });
  const end = async (): Promise<void> => {
    await own.settled();
    await own.close();
  };
  return [own, end];
}

async function requireFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new Failure('file-unreadable', 'There is no such folder.', { detail: path });
}

async function listen(server: FastifyInstance, host: string, port: number | undefined): Promise<void> {
  try {
    await server.listen({ host, port: port ?? USUAL_PORT });
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (taken && port === undefined) await server.listen({ host, port: 0 });
    else if (taken)
      throw new Failure('obstacle', `Port ${String(port)} is taken.`, { detail: 'Choose another with --port.', cause });
    else if (cause instanceof Error && 'code' in cause && ['EACCES', 'EPERM'].includes(String(cause.code)))
      throw new Failure('no-rights', `The web process has no right to listen on port ${String(port ?? USUAL_PORT)}.`, {
        detail: 'Ports below 1024 are for those who have rights, and it has none: choose another with --port.',
        cause,
      });
    else throw cause;
  }
}
