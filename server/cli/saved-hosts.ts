import { Failure } from '../core/failure.ts';
import { connectThisMachine } from '../run/connections.ts';
import type { HostConnection } from '../run/connections.ts';
import type { CommonOptions } from './topology-argument.ts';

/** The hosts of a saved plan, or of a topology without its file: by name in the lab, else this machine. */
export async function localOrLabConnections(
  topology: string,
  options: Pick<CommonOptions, 'lab'>,
): Promise<(host: string) => HostConnection> {
  if (options.lab === true) {
    const { openLab, labConnection } = await import('../lab/index.ts');
    const lab = await openLab(topology);
    return (host) => labConnection(lab, host);
  }
  return connectThisMachine;
}

/** The hosts of a run from the history, as it was told how they are reached. */
export async function connectionsOfRun(
  topology: string,
  hosts: Readonly<Record<string, string>>,
  options: Pick<CommonOptions, 'lab'>,
): Promise<(host: string) => HostConnection> {
  if (options.lab !== true) {
    const far = Object.entries(hosts).find(([, access]) => access !== 'local');
    if (far !== undefined)
      throw new Failure('unsupported', `${far[0]} is reached over ssh`, {
        detail: 'This version acts on the machine that it runs on, and on labs.',
      });
  }
  return localOrLabConnections(topology, options);
}

/** `--host ACCESS` of `destroy --topology`: only this machine so far. */
export function localOnly(access: string): void {
  if (access === 'local') return;
  throw new Failure('unsupported', 'Only --host local can be destroyed without a file by this version', {
    detail: 'Hosts reached over ssh are not changed until a change that cuts its own path can be taken back.',
  });
}
