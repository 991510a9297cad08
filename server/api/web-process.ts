/** The web process: everything that has to do with HTTP, and no right to anything. What needs rights is asked of the operator. */
import { createWriteStream, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Failure } from '../core/failure.ts';
import { connectOperator } from '../operator/socket/connect.ts';
import { WebConfig } from '../operator/web-config.ts';
import type { LogOptions } from './log.ts';
import { operatorFiles } from './operator-files.ts';
import { serve } from './serve.ts';
import type { Serving } from './serve.ts';

const STDIN = 0;
const STDERR = 2;
/** For what is being answered. */
const CLOSE_MS = 3_000;

/** Runs until the operator is gone, or ends it. Reads how it is to run from its input. */
export async function runWebProcess(report: (error: Error) => void): Promise<void> {
  const config = WebConfig.parse(JSON.parse(readFileSync(STDIN, 'utf8')));
  const socket = await connectTo(config);
  giveUpRights(config);
  let serving: Serving | null = null;
  const stop = (): void => {
    if (serving === null) process.exit();
    // Streams that are open would keep it up.
    setTimeout(() => process.exit(), CLOSE_MS).unref();
    void serving.close().finally(() => process.exit());
  };
  const operator = connectOperator(socket, {
    newLink: () => (serving === null || serving.signsIn ? null : serving.newLink()),
    onEnd: stop,
  });
  process.on('SIGTERM', stop);
  try {
    serving = await serve(config.folder, {
      ...(config.host === null ? {} : { host: config.host }),
      ...(config.port === null ? {} : { port: config.port }),
      ...(config.origin === null ? {} : { origin: config.origin }),
      ...{ proxies: config.proxies, page: config.page, state: config.state, viewsOf: config.viewsOf },
      ...{ operator, files: operatorFiles(operator, config.folder), accounts: { server: config.server } },
      ...{ log: logOf(config), report },
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await operator.failed(error);
    process.exit(1);
  }
  const { url, port, signsIn } = serving;
  await operator.ready({ url, port, signsIn });
}

function logOf({ log }: WebConfig): LogOptions | undefined {
  if (log === null) return undefined;
  const to = log.fd === STDERR ? process.stderr : createWriteStream('', { fd: log.fd });
  return { to, level: log.level ?? undefined };
}

/** For good: with the user goes every right, and none is given back by whatever is started. */
function giveUpRights({ user }: WebConfig): void {
  if (user === null) return;
  process.setgroups?.([]);
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
  const status = readFileSync('/proc/self/status', 'utf8');
  const left = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].some(
    (name) => !new RegExp(`^${name}:\\s*0+$`, 'm').test(status),
  );
  const same = process.getuid?.() === user.uid && process.geteuid?.() === user.uid;
  if (left || !same || !/^NoNewPrivs:\s*1$/m.test(status))
    throw new Failure('no-rights', 'The web process could not give up its rights, and does not go on with them.');
}

/** As long as it is whoever started it: nobody else can come to the socket. */
async function connectTo({ socket, key }: WebConfig): Promise<Socket> {
  const connection = connect(socket);
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  connection.once('connect', () => {
    resolve(undefined);
  });
  connection.once('error', reject);
  await promise;
  connection.off('error', reject);
  connection.write(key);
  return connection;
}
