import { Failure } from '../core/failure.ts';
import type { Host, Model } from '../flow/model.ts';
import type { ConnectionOf } from '../run/apply.ts';
import { accessName, connectReading, connectThisMachine } from '../run/connections.ts';
import type { CommonOptions } from './topology-argument.ts';

/** How a verb that changes hosts reaches those of a model: the running lab's with `--lab`, else the real ones. */
export async function connectionsFor(model: Model, options: CommonOptions): Promise<ConnectionOf> {
  if (options.lab === true) return labConnections(model);
  const hosts = chosenHosts(model, options);
  refuseSsh(hosts);
  refuseSeveralHere(hosts);
  return (host) => connectThisMachine(host.name);
}

/** The same for a verb that only looks: hosts over ssh are read too. */
export async function readingConnectionsFor(model: Model, options: CommonOptions): Promise<ConnectionOf> {
  if (options.lab === true) return labConnections(model);
  refuseSeveralHere(chosenHosts(model, options));
  return connectReading;
}

async function labConnections({ topology }: Model): Promise<ConnectionOf> {
  const { openLab, labConnection } = await import('../lab/index.ts');
  const lab = await openLab(topology);
  return (host) => labConnection(lab, host.name);
}

/** Hosts that the verb is to act on: all, or the one named with `--host`. */
export function hostNames(model: Model, options: CommonOptions): readonly string[] {
  return chosenHosts(model, options).map((host) => host.name);
}

export function chosenHosts(model: Model, { host }: CommonOptions): readonly Host[] {
  if (host === undefined) return [...model.hosts.values()];
  const found = model.hosts.get(host);
  if (found === undefined)
    throw new Failure('usage', `No host ${JSON.stringify(host)} in ${model.topology}`, {
      detail: `It has: ${[...model.hosts.keys()].join(', ')}.`,
    });
  return [found];
}

/** How each host is reached, for a plan that is saved: it is for these and no others. */
export function accessOf(hosts: readonly Host[], { lab }: CommonOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(hosts.map((host) => [host.name, lab === true ? 'lab' : accessName(host)]));
}

/** A change over ssh can cut the very path it came by; that is not seen beforehand, so nobody could have agreed to it. */
function refuseSsh(hosts: readonly Host[]): void {
  const remote = hosts.filter((host) => host.access.type === 'ssh');
  if (remote.length === 0) return;
  throw new Failure('unsupported', `Hosts reached over ssh are not changed by this version`, {
    detail: `${remote.map((host) => host.name).join(', ')}: a change that cuts its own path is not recognised beforehand yet.`,
    toDo: [
      'Look at what would change with plan and status; bring the topology up in the lab (trunkline lab up) and use --lab, or run Trunkline on the host itself with access: local and --host NAME.',
    ],
  });
}

/** Several `local` hosts would be one machine with several names. */
function refuseSeveralHere(hosts: readonly Host[]): void {
  const here = hosts.filter((host) => host.access.type === 'local');
  if (here.length < 2) return;
  throw new Failure('unsupported', 'Several hosts of this topology are this machine', {
    detail: `${here.map((host) => host.name).join(', ')} all have access: local.`,
    toDo: ['Name the one that this machine is with --host, or use the lab (--lab).'],
  });
}
