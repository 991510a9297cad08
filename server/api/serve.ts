import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../core/failure.ts';
import { openFiles } from './files.ts';
import { openFolder } from './folder.ts';
import { portOf } from './guard.ts';
import { findPage } from './page.ts';
import { createServer } from './server.ts';
import { createTokens } from './tokens.ts';
import type { Workers } from './work/workers.ts';
import { sharedWorkers } from './work/workers.ts';

export interface ServeOptions {
  /** 0: any free one. By default 7340, or any free one where that is taken. */
  readonly port?: number;
  readonly host?: string;
  readonly page?: string;
  /** What is worked out beside the server's own thread; by default on those that all servers of the process share. */
  readonly workers?: Workers;
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
  const topologies = openFolder(path, options.workers ?? sharedWorkers());
  const server = await createServer({
    ...{ folder: topologies, files: openFiles(path) },
    ...{ page, tokens, report: options.report },
  });
  await listen(server, host, options.port);
  const url = `http://${host}:${String(portOf(server))}`;
  return { server, url, newLink: () => `${url}/open?token=${tokens.newLink()}`, close: () => server.close() };
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
