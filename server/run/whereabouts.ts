/** Stage: a model and its hosts as they are → the model with guests whose host is left open where they are already. */
import { parseMark } from '../flow/mark.ts';
import type { HostView } from '../flow/hostview.ts';
import type { Model } from '../flow/model.ts';
import { KINDS } from '../kinds/index.ts';
import { desiredState } from '../model/desired.ts';
import { modelWithSeen } from '../model/placement/elsewhere.ts';
import type { ConnectionOf } from './apply.ts';
import { observeFor } from './observe.ts';

/**
 * Reads nothing where the file names every host. Throws where a host cannot be read.
 * @param lost hosts of which nothing is asked
 */
export async function withWhereabouts(
  model: Model,
  connectionOf: ConnectionOf,
  lost: readonly string[] = [],
): Promise<Model> {
  const ports = portsOfFree(model);
  if (ports.size === 0) return model;
  const hosts = [...model.hosts.values()].filter(({ name }) => !lost.includes(name));
  const seen = await Promise.all(
    hosts.map(async (host) => {
      const session = await connectionOf(host).open({ lock: false });
      try {
        const view = await observeFor(session, desiredState(model, host.name, KINDS), KINDS);
        return guestsOn(view, model.topology, ports).map((guest) => ({ guest, host: host.name }));
      } finally {
        await session.close();
      }
    }),
  );
  const where = new Map<string, string>();
  for (const { guest, host } of seen.flat()) {
    // Where it is on several, it is not moved by that alone.
    if (!where.has(guest) || model.guests.get(guest)?.host === host) where.set(guest, host);
  }
  return modelWithSeen(model, where);
}

/** Host end → guest. */
function portsOfFree({ guests }: Model): ReadonlyMap<string, string> {
  const free = [...guests.values()].filter((guest) => guest.free);
  return new Map(free.flatMap(({ name, nics }) => nics.map(({ port }) => [port, name] as const)));
}

function guestsOn({ scopes }: HostView, topology: string, ports: ReadonlyMap<string, string>): readonly string[] {
  const links = [...(scopes.get('')?.links.values() ?? [])];
  return links.flatMap(({ name, alias }) => {
    const mark = parseMark(alias ?? undefined);
    return mark?.topology === topology && !mark.peer ? (ports.get(name) ?? []) : [];
  });
}
