/** The web process as the operator sees it: started, let in by its key, started again where it ends, ended with us. */
import type { ChildProcess } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../core/failure.ts';
import { letIn } from './door.ts';
import type { Operator } from './operator.ts';
import { serveSocket } from './socket/serve.ts';
import type { Listens, ServedSocket } from './socket/serve.ts';
import type { WebConfig } from './web-config.ts';

export interface WebOptions {
  /** All but where its door is. */
  readonly config: Omit<WebConfig, 'socket'>;
  /** Ours alone. */
  readonly socketFolder: string;
  readonly start: (config: WebConfig) => ChildProcess;
  /** Ends the start. */
  readonly signal?: AbortSignal | undefined;
  readonly report: (error: Error) => void;
  /** It had ended, and listens again: links that were not used are good no more. */
  readonly onRestarted: () => void;
  /** It ends again and again: there is no use in going on. */
  readonly onGivenUp: (failure: Failure) => void;
}

export interface Web extends Listens {
  readonly pid: number | undefined;
  /** Throws where people sign in, or it has just ended. */
  newLink(): Promise<string>;
  close(): Promise<void>;
}

/** Within a minute. */
const MOST_STARTS = 5;
const MINUTE_MS = 60_000;
/** From its start until it listens; a busy machine takes its time. */
const READY_MS = 60_000;
/** To end what it is answering. */
const END_MS = 5_000;
const PAUSE_MS = 200;

interface Running {
  readonly child: ChildProcess;
  readonly served: ServedSocket;
  readonly listens: Listens;
}

/** Throws where it does not come to listen. */
export async function openWeb(operator: Operator, options: WebOptions): Promise<Web> {
  const ending = new AbortController();
  const signal = options.signal === undefined ? ending.signal : AbortSignal.any([ending.signal, options.signal]);
  const starts: number[] = [];
  let last: ChildProcess | null = null;
  let running = await begin(options.config.port);

  async function begin(port: number | null): Promise<Running> {
    starts.push(Date.now());
    const begun = await startOnce(operator, { ...options, signal, config: { ...options.config, port } }, (child) => {
      last = child;
    });
    void ended(begun.child).then(goOn);
    return begun;
  }

  async function goOn(how: string): Promise<void> {
    let why = how;
    const isEnding = (): boolean => signal.aborted;
    while (!isEnding()) {
      const recent = starts.filter((at) => at > Date.now() - MINUTE_MS).length;
      if (recent >= MOST_STARTS) {
        options.onGivenUp(endsAgain(why));
        return;
      }
      options.report(
        new Failure('internal', `The web process ended (${why}); it is started again. Runs go on meanwhile.`),
      );
      await sleep(PAUSE_MS * recent);
      if (isEnding()) return;
      try {
        // At the same address: pages that are open come back by themselves.
        running = await begin(running.listens.port);
        options.onRestarted();
        return;
      } catch (error) {
        why = error instanceof Failure ? [error.message, error.detail ?? ''].join(' ').trim() : String(error);
      }
    }
  }

  return {
    get url() {
      return running.listens.url;
    },
    get port() {
      return running.listens.port;
    },
    get signsIn() {
      return running.listens.signsIn;
    },
    get pid() {
      return running.child.pid;
    },
    newLink: () => running.served.newLink(),
    async close() {
      ending.abort();
      if (last !== null) await endChild(last);
      running.served.end();
    },
  };
}

async function startOnce(
  operator: Operator,
  { config, socketFolder, start, signal, report }: WebOptions,
  begun: (child: ChildProcess) => void,
): Promise<Running> {
  signal?.throwIfAborted();
  const door = createServer();
  const socket = join(socketFolder, 'operator.sock');
  await listenOn(door, socket);
  const ready = Promise.withResolvers<Omit<Running, 'child'>>();
  // It may be told before anybody waits for it.
  ready.promise.catch(() => undefined);
  const abort = (): void => {
    ready.reject(new Failure('internal', 'The server was ended while it was starting.'));
  };
  signal?.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => {
    ready.reject(new Failure('internal', 'The web process does not come to listen.'));
  }, READY_MS);
  letIn(door, config.key, (connection) => {
    // Nobody else comes in, and there is nothing left to come to.
    door.close();
    const served: ServedSocket = serveSocket(connection, operator, {
      onReady: (listens) => {
        ready.resolve({ served, listens });
      },
      onFailed: ready.reject,
      onEnd: (reason) => {
        if (reason !== null)
          report(new Failure('internal', `The web process sent what no program of ours sends: ${reason}`));
        child.kill('SIGTERM');
      },
      report,
    });
  });
  const child = start({ ...config, socket });
  begun(child);
  void ended(child).then((how) => {
    ready.reject(new Failure('internal', 'The web process could not be started', { detail: `It ended: ${how}.` }));
  });
  try {
    return { child, ...(await ready.promise) };
  } catch (error) {
    await endChild(child);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    door.close();
  }
}

async function listenOn(door: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  door.once('error', reject);
  door.listen(path, () => {
    resolve(undefined);
  });
  await promise;
  await chmod(path, 0o600);
}

/** Asks it to, and where that does not help, ends it. */
async function endChild(child: ChildProcess): Promise<void> {
  const over = ended(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await over;
  clearTimeout(timer);
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    const tell = (code: number | null, signal: NodeJS.Signals | null): void => {
      resolve(signal ?? `exit code ${String(code)}`);
    };
    if (child.exitCode !== null || child.signalCode !== null) tell(child.exitCode, child.signalCode);
    child.once('error', (error) => {
      // One that could not be told a signal is not over for that.
      if (child.pid === undefined) resolve(error.message);
    });
    child.once('exit', tell);
  });
}

function endsAgain(how: string): Failure {
  return new Failure('internal', 'The web process ends again and again', {
    detail: `The last time: ${how}. What it said stands above.`,
  });
}
