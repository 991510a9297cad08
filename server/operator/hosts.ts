import { Failure } from '../core/failure.ts';
import type { Host, Model } from '../flow/model.ts';
import { modelWithout } from '../model/placement/elsewhere.ts';
import type { ConnectionOf } from '../run/apply.ts';
import { accessName, connectAsWritten, connectReading } from '../run/connections.ts';
import type { OfLab } from './access.ts';

/** Which hosts of a model: the one named, these, or all of the running lab's or the real ones. */
export interface HostOptions extends OfLab {
  readonly host?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
  /** Lost: nothing is asked of them. */
  readonly without?: readonly string[] | undefined;
}

/** How a verb that changes hosts reaches those of a model: the running lab's with `--lab`, else the real ones. */
export async function connectionsFor(model: Model, options: HostOptions): Promise<ConnectionOf> {
  if (options.lab === true) return labConnections(model);
  refuseOneTwice(chosenHosts(model, options));
  return connectAsWritten;
}

/** The same for a verb that only looks. */
export async function readingConnectionsFor(model: Model, options: HostOptions): Promise<ConnectionOf> {
  if (options.lab === true) return labConnections(model);
  refuseOneTwice(chosenHosts(model, options));
  return connectReading;
}

async function labConnections({ topology }: Model): Promise<ConnectionOf> {
  const { openLab, labConnection } = await import('../lab/index.ts');
  const lab = await openLab(topology);
  return (host) => labConnection(lab, host.name);
}

/** Hosts that the verb is to act on: all, or the one named with `--host`. */
export function hostNames(model: Model, options: HostOptions): readonly string[] {
  return chosenHosts(model, options).map((host) => host.name);
}

export function chosenHosts(model: Model, { host, hosts, without = [] }: HostOptions): readonly Host[] {
  const names = hosts ?? (host === undefined ? undefined : [host]);
  if (names === undefined) return [...model.hosts.values()].filter(({ name }) => !without.includes(name));
  return [...new Set(names)].map((name) => {
    const found = model.hosts.get(name);
    if (found !== undefined) return found;
    throw noSuchHost(name, model.topology, [...model.hosts.keys()]);
  });
}

/**
 * The model with those who were protected on lost hosts on others. Throws `usage` where a host is not known, or is to be lost and
 * acted on as well.
 */
export function modelOf(model: Model, { host, without }: HostOptions): Model {
  if (without === undefined || without.length === 0) return model;
  const unknown = without.find((name) => !model.hosts.has(name));
  if (unknown !== undefined) throw noSuchHost(unknown, model.topology, [...model.hosts.keys()]);
  if (host !== undefined && without.includes(host))
    throw new Failure('usage', `${host} cannot be both lost and changed`, { detail: 'Leave out --host or --without.' });
  return modelWithout(model, without);
}

export function noSuchHost(name: string, topology: string, all: readonly string[]): Failure {
  return new Failure('usage', `No host ${JSON.stringify(name)} in ${topology}`, {
    detail: `It has: ${all.join(', ')}.`,
  });
}

/** How each host is reached, for a plan that is saved: it is for these and no others. */
export function accessOf(hosts: readonly Host[], { lab }: HostOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(hosts.map((host) => [host.name, lab === true ? 'lab' : accessName(host)]));
}

/** Two hosts with one `access` would be one machine with two names. */
function refuseOneTwice(hosts: readonly Host[]): void {
  const byAccess = Map.groupBy(hosts, accessName);
  const [access, several] = [...byAccess].find(([, each]) => each.length > 1) ?? [];
  if (several === undefined) return;
  const here = access === 'local';
  throw new Failure('unsupported', `Several hosts of this topology are ${here ? 'this machine' : 'one machine'}`, {
    detail: `${several.map((host) => host.name).join(', ')} all have access: ${String(access)}.`,
    toDo: [
      here
        ? 'Name the one that this machine is with --host, or use the lab (--lab).'
        : 'Correct their `access`, or use the lab (--lab).',
    ],
  });
}
