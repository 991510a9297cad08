/**
 * A namespace that stands in for a host: with network, /run and /var/lib of its own, so that nothing of a test lands on the
 * machine. It goes with its process.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { HostConnection } from '../../../server/host/connection.ts';
import { connectThrough } from '../../../server/host/runner.ts';

export interface HostNamespace {
  readonly connection: HostConnection;
  /** Runs a shell script in it, with tests' own text only. */
  sh(script: string): string;
  close(): Promise<void>;
}

const PREPARE =
  'mount -t tmpfs tmpfs /run && mkdir /run/netns && mount -t tmpfs tmpfs /var/lib && ip link set dev lo up && echo ready && exec sleep 600';

/** They go on without whoever has started them, and without the namespace. */
const STOP_SERVICES = `
  for each in /run/trunkline/services/*/control; do
    [ -e "$each" ] || continue
    folder=\${each%/control}
    sh "$each" stop "\${folder##*/}"
  done`;

export async function openHostNamespace(name: string): Promise<HostNamespace> {
  const child = spawn('unshare', ['--net', '--mount', '--propagation', 'private', 'sh', '-c', PREPARE], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const { pid } = child;
  if (pid === undefined) throw new Error('unshare did not start');
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => {
      resolve();
    });
    void ended.then(() => {
      reject(new Error('the namespace did not come to stand'));
    });
  });
  const enter = ['nsenter', `--target=${String(pid)}`, '--net', '--mount'];
  const sh = (script: string): string =>
    execFileSync('nsenter', [...enter.slice(1), 'sh', '-ec', script], { encoding: 'utf8' });
  return {
    connection: connectThrough(name, enter),
    sh,
    async close() {
      sh(STOP_SERVICES);
      child.kill('SIGKILL');
      await ended;
    },
  };
}
