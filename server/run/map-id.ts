import type { Model } from '../flow/model.ts';
import { NODE_ID } from '../model/graph/ids.ts';

/** The id that a node of the World has on the map. A member of a gateway (`gw@server`) is drawn as its gateway. */
export function mapIdOf(model: Model, node: string): string {
  const [name = node] = node.split('@');
  if (model.gateways.has(name) && (name !== node || !model.hosts.has(node))) return NODE_ID.gateway(name);
  if (model.guests.has(node)) return NODE_ID.guest(node);
  return model.hosts.has(node) ? NODE_ID.host(node) : NODE_ID.internet;
}
