/** In: the Model and a node of its graph. Out: where it is written. Wires and the internet are written nowhere of their own. */
import type { Place } from '../../core/place.ts';
import type { Host, Model } from '../../flow/model.ts';
import type { NodeAttributes } from './topology-graph.ts';

export function placeOf(model: Model, { kind, name, host }: NodeAttributes): Place | undefined {
  switch (kind) {
    case 'network':
      return model.networks.get(name)?.place;
    case 'host':
      return model.hosts.get(name)?.place;
    case 'guest':
      return model.guests.get(name)?.place;
    case 'gateway':
      return model.gateways.get(name)?.place;
    case 'bridge':
      return model.hosts.get(host ?? '')?.bridges.find(({ device }) => device === name)?.place;
    case 'port':
      return portPlace(model.hosts.get(host ?? ''), name);
    case 'fabric':
    case 'internet':
      return undefined;
  }
}

function portPlace(host: Host | undefined, device: string): Place | undefined {
  if (host === undefined) return undefined;
  const written = [...host.bridges.flatMap(({ uplinks }) => uplinks), ...host.bonds, ...host.nics];
  return written.find((each) => each.device === device)?.place;
}
