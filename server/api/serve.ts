import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../core/failure.ts';
import { compileFile } from '../model/compile-file.ts';
import { openOperator } from '../operator/open.ts';
import type { Operator } from '../operator/operator.ts';
import { openFolder } from './folder.ts';
import type { TopologyFolder } from './folder.ts';
import { portOf } from './guard.ts';
import { findPage } from './page.ts';
import { createServer } from './server.ts';
import { createTokens } from './tokens.ts';

export interface ServeOptions {
  /** 0: any free one. By default 7340, or any free one where that is taken. */
  readonly port?: number;
  readonly host?: string;
  readonly page?: string;
  /** Another process's; one of this process where left out. */
  readonly operator?: Operator;
  readonly report: (failure: Error) => void;
}

export interface Serving {
  readonly server: FastifyInstance;
  readonly url: string;
  /** A new one-time link. */
  newLink(): string;
  close(): Promise<void>;
}

const USUAL_PORT = 7340;

/** Serves the topologies in a folder to the browsers of this machine, until it is closed. */
export async function serve(folder: string, options: ServeOptions): Promise<Serving> {
  const host = options.host ?? '127.0.0.1';
  if (host !== '127.0.0.1') {
    throw new Failure('usage', 'The page is served on 127.0.0.1 only.', {
      detail: 'To use it from another machine, forward a port: `ssh -L 7340:127.0.0.1:7340 HOST`.',
    });
  }
  const path = resolve(folder);
  await requireFolder(path);
  const tokens = createTokens();
  const page = options.page ?? findPage();
  const topologies = openFolder(path, (file) => compileFile(file, { within: path }));
  const [operator, end] = operatorFor(path, options);
  const server = await createServer({
    folder: refreshed(topologies, operator),
    operator,
    page,
    tokens,
    report: options.report,
  });
  await listen(server, host, options.port);
  const url = `http://${host}:${String(portOf(server))}`;
  const close = async (): Promise<void> => {
    await server.close();
    await end();
  };
  return { server, url, newLink: () => `${url}/open?token=${tokens.newLink()}`, close };
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
    else throw cause;
  }
}
