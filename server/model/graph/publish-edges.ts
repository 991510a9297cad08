/** In: the Model. Out: what its gateways lead on to guests: port mappings, one-to-one addresses and balanced services. */
import type { GraphEdge } from '../../flow/graph.ts';
import type { Gateway, Model, PortRange } from '../../flow/model.ts';
import { rangeText } from '../services.ts';
import { NODE_ID } from './ids.ts';

interface Led {
  readonly guest: string | null;
  readonly says: string;
}

/** An edge a guest and mapping; what two lines of the file say alike is one. */
export function publishEdges(model: Model): readonly GraphEdge[] {
  const edges = new Map<string, GraphEdge>();
  for (const gateway of model.gateways.values()) {
    for (const { guest, says } of ledOn(gateway)) {
      if (guest === null || !model.guests.has(guest)) continue;
      const [source, target] = [NODE_ID.gateway(gateway.name), NODE_ID.guest(guest)];
      const id = `publishes:${source} - ${target} as ${says}`;
      edges.set(id, { id, kind: 'publishes', source, target, label: says, facts: { leads: says } });
    }
  }
  return [...edges.values()];
}

function ledOn({ publishes, oneToOnes, balances }: Gateway): readonly Led[] {
  return [
    ...publishes.map(({ listen, ports, protocol, target }) => ({
      guest: target.guest,
      says: `${service(listen, ports, protocol)} → :${inside(target.port, ports)}`,
    })),
    ...oneToOnes.map(({ outside, inside: own, guest }) => ({ guest, says: `${outside} ⇄ ${own}` })),
    ...balances.flatMap(({ listen, ports, protocol, targets }) =>
      targets.map(({ guest, port }) => ({
        guest,
        says: `${service(listen, ports, protocol)} → :${inside(port, ports)}, balanced`,
      })),
    ),
  ];
}

function service(listen: string, ports: PortRange, protocol: string): string {
  return `${listen.includes(':') ? `[${listen}]` : listen}:${rangeText(ports)}/${protocol}`;
}

function inside(port: number | null, ports: PortRange): string {
  return port === null ? rangeText(ports) : String(port);
}
