import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { execa } from 'execa';
import type { HostConnection } from '../../server/host/connection.ts';
import { connectThrough } from '../../server/host/runner.ts';

/**
 * A host of a test's own: namespaces for its network, its mounts (with a /run and /var/lib/trunkline that nobody else sees)
 * and its name. It goes when it is closed, and with this process at the latest.
 */
export interface HostNamespace {
  readonly connection: HostConnection;
  readonly prefix: readonly string[];
  /** Runs a program on it; throws with its stderr where it fails. */
  readonly run: (...argv: readonly string[]) => Promise<string>;
  readonly input: (text: string, ...argv: readonly string[]) => Promise<string>;
  readonly close: () => Promise<void>;
}

const PREPARE = `
mount -t tmpfs none /run && mkdir /run/netns &&
mkdir -p /run/lib/work /run/lib/upper && mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/lib/upper,workdir=/run/lib/work /var/lib &&
ip link set dev lo up && echo ready && exec cat
`;

export async function openHostNamespace(name = 'host-a'): Promise<HostNamespace> {
  const holder = spawn('unshare', ['--net', '--mount', '--uts', 'sh', '-c', PREPARE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const prefix = ['nsenter', '--target', String(holder.pid), '--net', '--mount', '--uts', '--'];
  const input = async (text: string, ...argv: readonly string[]): Promise<string> => {
    const [file, ...args] = [...prefix, ...argv];
    return (await execa(file ?? '', args, { input: text })).stdout;
  };
  return {
    connection: connectThrough(name, prefix),
    prefix,
    run: (...argv) => input('', ...argv),
    input,
    close: async () => {
      const gone = once(holder, 'exit');
      holder.stdin.end();
      await gone;
    },
  };
}
