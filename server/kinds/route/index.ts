import type { Touch } from '../../flow/touch.ts';
import type { Kind } from '../kind.ts';
import { MAIN_TABLE } from '../link-routing.ts';
import { inNamespace, onLink } from '../link-ids.ts';
import { routeCommands } from './commands.ts';
import { desireRoutes } from './desire.ts';
import { adoptableRoute, observeRoutes, routeInTheWay } from './observe.ts';
import { Route } from './resource.ts';

function routeTouch({ to, via, device, table }: Route, present: boolean): Touch {
  return { on: 'route', to, via, device, table, present };
}

/** Routes of gateways and hosts, and the default route of each table that a rule leads to. */
export const route: Kind<Route> = {
  name: 'route',
  schema: Route,
  desire: desireRoutes,
  observe: observeRoutes,
  obstacle: routeInTheWay,
  adopts: adoptableRoute,
  refers: ({ scope, link, through }) => [
    ...inNamespace(scope),
    onLink(link),
    ...through.map((to) => ({ to, diesWith: false })),
  ],
  // The kernel takes a route only while its interface is up, and that is the last that is done to it.
  stages: (_before, after) => [{ effect: after === undefined ? 'removes' : 'opens', state: after }],
  commands: routeCommands,
  cost: (_before, after) => (after === undefined ? 'reconnect' : 'hitless'),
  touches: (before, after) => [
    ...(before?.scope === '' ? [routeTouch(before, false)] : []),
    ...(after?.scope === '' ? [routeTouch(after, true)] : []),
  ],
  standing: ({ scope, to, via, device, table }) => [
    { on: 'route', scope, to, via, device, table: table === MAIN_TABLE ? 'main' : String(table) },
  ],
  describe: ({ scope, to, via, device, table }) =>
    `route ${to} via ${via} on ${device}${table === MAIN_TABLE ? '' : ` in table ${String(table)}`}${scope === '' ? '' : ` in ${scope}`}`,
};
