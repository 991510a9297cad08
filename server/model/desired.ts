/**
 * In: the Model and a host's name. Out: everything that the topology wants on that host, by id. It asks the kinds one after
 * the other and knows none of them; the order in which they answer does not matter.
 */
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import type { DesiredState, Resource, ResourceId } from '../flow/resource.ts';
import type { Kind } from '../kinds/kind.ts';

export function desiredState(model: Model, hostName: string, kinds: readonly Kind[]): DesiredState {
  const host = model.hosts.get(hostName);
  if (host === undefined) throw new Failure('internal', `The topology ${model.topology} has no host ${hostName}.`);
  const resources = new Map<ResourceId, Resource>();
  for (const kind of kinds) {
    for (const resource of kind.desire(model, host)) {
      if (resources.has(resource.id)) {
        throw new Failure('internal', `Two resources on host ${hostName} are called ${resource.id}.`, {
          detail: `Kind ${kind.name} wants one that is wanted already; an id names one resource of a host.`,
        });
      }
      resources.set(resource.id, resource);
    }
  }
  return { topology: model.topology, host: hostName, resources };
}
