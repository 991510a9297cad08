/** The web process as the operator sees it: started, let in by its key, started again where it ends, ended with us. */
import type { ChildProcess } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { chmod, chown } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import type { Operator } from './operator.ts';
import type { WebPlaces } from './places-of-web.ts';
import { serveSocket } from './socket/serve.ts';
import type { ServedSocket } from './socket/serve.ts';
import { startWeb } from './start-web.ts';
import type { WebConfig } from './web-config.ts';
import type { WebUser } from './web-user.ts';

export interface WebOptions {
  readonly page: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly user: WebUser | null;
  readonly places: WebPlaces;
  readonly report: (error: Error) => void;
  /** It ends again and again: there is no use in going on. */
  readonly onGivenUp: (failure: Failure) => void;
  /** For tests: what is started instead of it. */
  readonly start?: (config: WebConfig) => ChildProcess;
}

export interface Web {
  readonly url: string;
  readonly pid: number | undefined;
  newLink(): Promise<string>;
  close(): Promise<void>;
}

/** Within a minute. */
const MOST_STARTS = 5;
const MINUTE_MS = 60_000;
/** From its start until it listens; a busy machine takes its time. */
const READY_MS = 60_000;

interface Running {
  readonly child: ChildProcess;
  readonly served: ServedSocket;
  readonly url: string;
}

/** Throws where it does not come to listen. */
export async function openWeb(operator: Operator, options: WebOptions): Promise<Web> {
  let closing = false;
  const starts: number[] = [];
  let running = await begin(options.port);

  async function begin(port: number | null): Promise<Running> {
    starts.push(Date.now());
    const begun = await startOnce(operator, { ...options, port });
    void ended(begun.child).then((how) => goOn(how));
    return begun;
  }

  async function goOn(how: string): Promise<void> {
    if (closing) return;
    options.report(new Error(`The web process ended (${how}); it is started again. Runs go on meanwhile.`));
    try {
      if (starts.filter((at) => at > Date.now() - MINUTE_MS).length >= MOST_STARTS) throw endsAgain(how);
      // At the same address: pages that are open come back by themselves.
      running = await begin(Number(new URL(running.url).port));
    } catch (error) {
      closing = true;
      options.onGivenUp(error instanceof Failure ? error : endsAgain(String(error)));
    }
  }

  return {
    get url() {
      return running.url;
    },
    get pid() {
      return running.child.pid;
    },
    newLink: () => running.served.newLink(),
    async close() {
      closing = true;
      const { child, served } = running;
      const over = ended(child);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      served.end();
      await over;
    },
  };
}

async function startOnce(operator: Operator, options: WebOptions): Promise<Running> {
  const { places, user, page, host, port } = options;
  const door = createServer();
  const socket = join(places.socketFolder, 'operator.sock');
  await listenOn(door, socket, user);
  const config = { socket, key: places.key, folder: places.topologies, state: places.state, page, host, port, user };
  const child = (options.start ?? startWeb)(config);
  const ready = Promise.withResolvers<{ readonly served: ServedSocket; readonly url: string }>();
  const fail = (failure: Failure): void => {
    ready.reject(failure);
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => {
    fail(new Failure('internal', 'The web process does not come to listen.'));
  }, READY_MS);
  void ended(child).then((how) => {
    ready.reject(new Failure('internal', 'The web process could not be started', { detail: `It ended: ${how}.` }));
  });
  letIn(door, places.key, (connection) => {
    // Nobody else comes in, and there is nothing left to come to.
    door.close();
    const served: ServedSocket = serveSocket(connection, operator, {
      onReady: (url) => {
        ready.resolve({ served, url });
      },
      onEnd: (reason) => {
        if (reason !== null) options.report(new Error(`The web process sent what no program of ours sends: ${reason}`));
        child.kill('SIGTERM');
      },
      report: options.report,
    });
  });
  try {
    return { child, ...(await ready.promise) };
  } finally {
    clearTimeout(timer);
    door.close();
  }
}

async function listenOn(door: Server, path: string, user: WebUser | null): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  door.once('error', reject);
  door.listen(path, () => {
    resolve(undefined);
  });
  await promise;
  await chmod(path, 0o600);
  if (user === null) return;
  await chown(path, user.uid, user.gid);
  // Last: until here nobody but us could get at the socket.
  await chown(join(path, '..'), user.uid, user.gid);
}

const KEY_MS = 10_000;

/** The first that shows the key; whoever does not is let go. */
export function letIn(door: Server, key: string, welcome: (connection: Socket) => void): void {
  const expected = Buffer.from(key, 'utf8');
  let taken = false;
  door.on('connection', (connection) => {
    const timer = setTimeout(() => connection.destroy(), KEY_MS);
    connection.on('error', () => undefined);
    connection.once('readable', () => {
      clearTimeout(timer);
      const shown: unknown = connection.read(expected.length);
      if (taken || !Buffer.isBuffer(shown) || shown.length !== expected.length || !timingSafeEqual(shown, expected)) {
        connection.destroy();
        return;
      }
      taken = true;
      welcome(connection);
    });
  });
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve(`exit code ${String(child.exitCode)}`);
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal ?? `exit code ${String(code)}`);
    });
  });
}

function endsAgain(how: string): Failure {
  return new Failure('internal', 'The web process ends again and again', {
    detail: `The last time: ${how}. What it said stands above.`,
  });
}
