import { parseAddress, parsePrefix } from '../../core/address.ts';
import type { HostView, RouteView, ScopeView } from '../../flow/hostview.ts';
import { ROUTE_PROTOCOL } from '../../flow/mark.ts';
import type { Claim } from '../kind.ts';
import { namespaceField } from '../link-fields.ts';
import { linkNamed, ownerOf } from '../link-marks.ts';
import { addressesToward, routeId } from './desire.ts';
import type { Route } from './resource.ts';

/** Routes with our protocol number on an interface of ours. */
export function observeRoutes(view: HostView, claim: Claim<Route>): readonly Route[] {
  return [...view.scopes.values()].flatMap((inside) => {
    if (inside.scope !== '' && !namespaceField.safeParse(inside.scope).success) return [];
    return inside.routes.filter(isOurs).flatMap((route) => found(inside, route, claim));
  });
}

function isOurs({ protocol, table, type }: RouteView): boolean {
  return protocol === String(ROUTE_PROTOCOL) && table === 'main' && type === 'unicast';
}

function found(inside: ScopeView, route: RouteView, claim: Claim<Route>): readonly Route[] {
  const { scope } = inside;
  const to = parsePrefix(route.to)?.text;
  const via = parseAddress(route.via ?? '')?.text;
  const device = route.device === null ? undefined : linkNamed(inside, route.device);
  const link = device === undefined ? undefined : ownerOf(device, claim.topology);
  if (to === undefined || via === undefined || device === undefined || link === undefined) return [];
  const addresses = device.addresses.filter(({ kernel }) => !kernel).map(({ address }) => address);
  const through = addressesToward(scope, device.name, addresses, via);
  return [{ kind: 'route', id: routeId(scope, to), scope, to, via, device: device.name, link, through }];
}

/** `replace` would take the place of a route with the same destination and metric, whoever made it. */
export function routeInTheWay(wanted: Route, view: HostView): string | undefined {
  const rival = view.scopes
    .get(wanted.scope)
    ?.routes.find((route) => route.to === wanted.to && route.table === 'main' && !isOurs(route) && hasOurMetric(route));
  if (rival === undefined) return undefined;
  const where = wanted.scope === '' ? 'this host' : `namespace ${wanted.scope}`;
  return `A route to ${wanted.to} exists in ${where} and is not ours: remove it first.`;
}

/** The metric that a route gets when none is asked for. */
function hasOurMetric({ family, metric }: RouteView): boolean {
  return (metric ?? 0) === (family === 6 ? 1024 : 0);
}
