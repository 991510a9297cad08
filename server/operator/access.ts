import { Failure } from '../core/failure.ts';
import type { ShownPlan } from '../flow/plan.ts';
import { connectByName } from '../run/connections.ts';
import type { HostConnection } from '../run/connections.ts';

/** Whether it is about the running lab's hosts. */
export interface OfLab {
  readonly lab?: boolean | undefined;
}

/** How hosts are reached, by name: `local`, `lab`, `ssh://root@gw-x.example.net`. */
export type AccessOf = Readonly<Record<string, string>>;

/** The hosts of a saved plan, of a run from the history, or of a topology without its file: by name in the lab, else as told. */
export async function connectionsByAccess(
  topology: string,
  access: AccessOf,
  options: OfLab,
): Promise<(host: string) => HostConnection> {
  if (options.lab === true) {
    const { openLab, labConnection } = await import('../lab/index.ts');
    const lab = await openLab(topology);
    return (host) => labConnection(lab, host);
  }
  return (host) => {
    const how = access[host] ?? 'local';
    const connection = connectByName(host, how);
    if (connection !== undefined) return connection;
    throw new Failure('file-wrong', `${host} is reached by ${JSON.stringify(how)}, which is no way to reach a host`, {
      detail: 'It is written local, or ssh://root@gw-x.example.net.',
    });
  };
}

/**
 * How the hosts of a saved plan were reached. It changes the hosts that it was made from, and never others of the same name:
 * `--lab` has to be said again. A plan that does not say is for this machine.
 */
export function accessOfSaved({ access, hosts }: ShownPlan, { lab }: OfLab): AccessOf {
  const said = access ?? Object.fromEntries(hosts.map(({ host }) => [host, 'local']));
  const silent = hosts.find(({ host }) => said[host] === undefined);
  if (silent !== undefined)
    throw new Failure('file-wrong', `The plan does not say how ${silent.host} is reached`, {
      detail: 'It says so of other hosts: somebody has changed it.',
      toDo: ['Make the plan again.'],
    });
  const others = Object.entries(said).filter(([, how]) => (how === 'lab') !== (lab === true));
  if (others.length === 0) return said;
  throw new Failure('usage', 'This plan was made from other hosts', {
    detail: `${others.map(([host, how]) => `${host} (${how})`).join(', ')}; it is to be applied to ${lab === true ? 'the lab' : 'real hosts'}.`,
    toDo: [lab === true ? 'Leave --lab out, or make the plan with it.' : 'Say --lab, or make the plan without it.'],
  });
}
