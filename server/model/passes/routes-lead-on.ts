/**
 * In: the written routes of gateways and how each gateway forwards. Out: nothing but diagnostics: routes that lead in a circle,
 * where packets go round until their time is up, and routes to a gateway that knows no way on. Nothing is routed between
 * gateways except by `routes`, so the next one needs its own.
 */
import type { Topology } from '../../flow/topology.ts';
import type { Forwarding } from '../forwarding.ts';
import type { Notes } from '../report.ts';
import { compareText } from '../report.ts';
import type { WaysOut } from './nodes-have-one-way-out.ts';
import { isDefault } from './nodes-have-one-way-out.ts';
import type { WrittenRoute } from './routes-have-a-next-hop.ts';

export function checkRoutes(
  topology: Topology,
  waysOut: WaysOut,
  forwarding: Forwarding,
  writtenRoutes: (gateway: string) => readonly WrittenRoute[],
  notes: Notes,
): void {
  if (!forwarding.routed) return;
  const circles = new Set<string>();
  for (const { name } of topology.gateways.values()) {
    for (const route of writtenRoutes(name)) {
      // A way out that was not taken, because a mistake was found in it, leads nowhere yet.
      if (isDefault(route) && !waysOut.of('gateway', name).defaults.some((way) => way.via === route.via)) continue;
      follow(name, route, forwarding, circles, notes);
    }
  }
}

function follow(
  gateway: string,
  route: WrittenRoute,
  forwarding: Forwarding,
  circles: Set<string>,
  notes: Notes,
): void {
  const passed = [gateway];
  let { network, via } = route;
  for (;;) {
    const next = forwarding.ownerOf(network, via);
    if (next === undefined) return;
    if (forwarding.leadsInto(next, route.to) && !isDefault(route)) return;
    if (passed.includes(next)) {
      reportCircle(gateway, route, passed.slice(passed.indexOf(next)), circles, notes);
      return;
    }
    passed.push(next);
    const hop = forwarding.hop(next, route.to);
    if (hop === undefined) {
      reportDeadEnd(gateway, route, next, notes);
      return;
    }
    if (hop.type === 'connected') return;
    ({ network, via } = hop);
  }
}

/** Once a circle, at the first of its routes. */
function reportCircle(
  gateway: string,
  route: WrittenRoute,
  round: readonly string[],
  circles: Set<string>,
  notes: Notes,
): void {
  const key = `${route.to} ${[...round].sort(compareText).join(' ')}`;
  if (circles.has(key)) return;
  circles.add(key);
  notes.report(
    'route-loop',
    route.place,
    `Packets to ${route.to} go round from gateway to gateway (${[...round, round[0] ?? gateway].join(', ')}) until their time is up.`,
    { hint: 'let one of these gateways send them elsewhere' },
  );
}

function reportDeadEnd(gateway: string, route: WrittenRoute, next: string, notes: Notes): void {
  if (notes.doubtful.has(next)) return;
  notes.report(
    'route-dead-end',
    route.place,
    `Gateway ${gateway} hands packets to ${route.to} over to gateway ${next}, which has neither a NIC there nor a route on, and drops them.`,
    { hint: `add the next route to gateway ${next}: \`routes: [{ to: ${route.to}, via: … }]\`` },
  );
}
