import { Failure } from '../core/failure.ts';
import type { ShownPlan } from '../flow/plan.ts';
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

/** A saved plan changes the hosts that it was made from, and never others of the same name: `--lab` has to be said again. */
export function refuseOtherHosts({ access = {} }: ShownPlan, { lab }: CommonOptions): void {
  const here = lab === true ? 'lab' : 'local';
  const others = Object.entries(access).filter(([, how]) => how !== here);
  if (others.length === 0) return;
  const remote = others.some(([, how]) => how.startsWith('ssh://'));
  throw new Failure(remote ? 'unsupported' : 'usage', 'This plan was made from other hosts', {
    detail: `${others.map(([host, how]) => `${host} (${how})`).join(', ')}; it is to be applied to ${lab === true ? 'the lab' : 'this machine'}.`,
    toDo: [
      remote
        ? 'Hosts reached over ssh are not changed by this version: run Trunkline on the host itself.'
        : lab === true
          ? 'Leave --lab out, or make the plan with it.'
          : 'Say --lab, or make the plan without it.',
    ],
  });
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
    detail: 'Hosts reached over ssh are not changed yet: a change that cuts its own path is not recognised beforehand.',
  });
}
