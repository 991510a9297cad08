import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Runs a scenario on a machine of its own (network, processes, mounts, /run, name), so that what it leaves behind can be told
 * from what happens elsewhere at the same time. Gives the JSON that it prints.
 */
export async function onOwnMachine<T>(scenario: string, ...args: readonly string[]): Promise<T> {
  const script = join(import.meta.dirname, 'scenarios', `${scenario}.ts`);
  const prepare = 'mount -t tmpfs none /run && ip link set dev lo up && exec "$@"';
  const flags = ['--net', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { stdout } = await execa('unshare', [
    ...flags,
    '--',
    'sh',
    '-c',
    prepare,
    'sh',
    process.execPath,
    script,
    ...args,
  ]);
  return JSON.parse(stdout) as T;
}
