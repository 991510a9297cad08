import { Failure } from '../core/failure.ts';
import type { Host, Model } from '../flow/model.ts';
import type { ConnectionOf } from '../run/apply.ts';
import { connectThisMachine } from '../run/connections.ts';
import type { CommonOptions } from './topology-argument.ts';

/** How the verb reaches the hosts of a model: the running lab's with `--lab`, else the real ones. */
export async function connectionsFor(model: Model, options: CommonOptions): Promise<ConnectionOf> {
  if (options.lab === true) {
    const { openLab, labConnection } = await import('../lab/index.ts');
    const lab = await openLab(model.topology);
    return (host) => labConnection(lab, host.name);
  }
  refuseSsh(hostsOf(model, options));
  return (host) => connectThisMachine(host.name);
}

/** Hosts that the verb is to act on: all, or the one named with `--host`. */
export function hostNames(model: Model, options: CommonOptions): readonly string[] {
  return hostsOf(model, options).map((host) => host.name);
}

function hostsOf(model: Model, { host }: CommonOptions): readonly Host[] {
  if (host === undefined) return [...model.hosts.values()];
  const found = model.hosts.get(host);
  if (found === undefined)
    throw new Failure('usage', `No host ${JSON.stringify(host)} in ${model.topology}`, {
      detail: `It has: ${[...model.hosts.keys()].join(', ')}.`,
    });
  return [found];
}

/**
 * A change over ssh can cut the very path it came by; without a dead man's switch on the host that would be for good, so
 * such hosts are refused. Several `local` hosts would be one machine with several names.
 */
function refuseSsh(hosts: readonly Host[]): void {
  const remote = hosts.filter((host) => host.access.type === 'ssh');
  if (remote.length > 0) {
    throw new Failure('unsupported', `Hosts reached over ssh are not changed by this version`, {
      detail: `${remote.map((host) => host.name).join(', ')}: a change that cuts its own path could not be taken back yet.`,
      toDo: [
        'Bring the topology up in the lab (trunkline lab up) and use --lab, or run Trunkline on the host itself with access: local and --host NAME.',
      ],
    });
  }
  if (hosts.length > 1) {
    throw new Failure('unsupported', 'Several hosts of this topology are this machine', {
      detail: `${hosts.map((host) => host.name).join(', ')} all have access: local.`,
      toDo: ['Name the one that this machine is with --host, or use the lab (--lab).'],
    });
  }
}
