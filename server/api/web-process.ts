/** The web process: everything that has to do with HTTP, and no right to anything. What needs rights is asked of the operator. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Failure } from '../core/failure.ts';
import { connectOperator } from '../operator/socket/connect.ts';
import { WebConfig } from '../operator/web-config.ts';
import { operatorFiles } from './operator-files.ts';
import { findPage } from './page.ts';
import { serve } from './serve.ts';
import type { Serving } from './serve.ts';

const STDIN = 0;

/** Runs until the operator is gone, or ends it. Reads how it is to run from its input. */
export async function runWebProcess(report: (error: Error) => void): Promise<void> {
  const config = WebConfig.parse(JSON.parse(readFileSync(STDIN, 'utf8')));
  giveUpRights(config);
  const socket = await connectTo(config);
  let serving: Serving | null = null;
  const stop = (): void => {
    // Streams that are open would keep it up.
    void serving?.close().finally(() => process.exit());
    if (serving === null) process.exit();
  };
  const operator = connectOperator(socket, {
    newLink: () => serving?.newLink() ?? '',
    onEnd: stop,
  });
  process.on('SIGTERM', stop);
  serving = await serve(config.folder, {
    ...(config.host === null ? {} : { host: config.host }),
    ...(config.port === null ? {} : { port: config.port }),
    ...{ page: config.page ?? findPage(), operator, report, state: config.state },
    files: operatorFiles(operator, config.folder),
  });
  await operator.ready(serving.url);
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
