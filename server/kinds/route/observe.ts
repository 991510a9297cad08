import { parseAddress, parsePrefix } from '../../core/address.ts';
import type { HostView, LinkView, RouteView, ScopeView } from '../../flow/hostview.ts';
import { ROUTE_PROTOCOL, routingTables } from '../../flow/mark.ts';
import type { ResourceId } from '../../flow/resource.ts';
import type { Adoption, Claim } from '../kind.ts';
import { namespaceField } from '../link-fields.ts';
import { isAdopted } from '../link-adoption.ts';
import { isBorrowed, portId } from '../link-ids.ts';
import { isManageable, linkNamed, ownerOf } from '../link-marks.ts';
import { addressesToward, MAIN_TABLE, routeId } from '../link-routing.ts';
import { Route } from './resource.ts';

/** Routes with our protocol number on an interface of ours, in the main table or one of the topology's own. */
export function observeRoutes(view: HostView, claim: Claim<Route>): readonly Route[] {
  return [...view.scopes.values()].flatMap((inside) => {
    if (inside.scope !== '' && !namespaceField.safeParse(inside.scope).success) return [];
    return inside.routes.flatMap((route) => found(view, inside, route, claim) ?? []);
  });
}

function found(view: HostView, inside: ScopeView, route: RouteView, claim: Claim<Route>): Route | undefined {
  const { scope } = inside;
  const table = tableOf(route, claim.topology);
  if (route.protocol !== String(ROUTE_PROTOCOL) || route.type !== 'unicast' || table === undefined) return undefined;
  const to = parsePrefix(route.to)?.text;
  const via = parseAddress(route.via ?? '')?.text;
  const device = route.device === null ? undefined : linkNamed(inside, route.device);
  if (to === undefined || via === undefined || device === undefined) return undefined;
  const id = routeId(scope, to, table);
  const link = holderOf(view, scope, device, claim) ?? wantedOn(claim, id, device) ?? keptOn(view, id, device);
  if (link === undefined) return undefined;
  const addresses = device.addresses.filter(({ kernel }) => !kernel).map(({ address }) => address);
  const all = addressesToward(scope, device.name, addresses, via);
  const through = isShared(view, link) ? withoutTheirs(all, claim.wanted.get(id)?.through) : all;
  return { kind: 'route', id, scope, to, via, device: device.name, table, link, through };
}

function tableOf({ table }: RouteView, topology: string): number | undefined {
  if (table === 'main') return MAIN_TABLE;
  const { first, last } = routingTables(topology);
  const number = Number(table);
  return number >= first && number <= last ? number : undefined;
}

/** The resource that makes the interface, or by which it is borrowed. */
function holderOf(view: HostView, scope: string, link: LinkView, { topology }: Claim<Route>): ResourceId | undefined {
  const owner = ownerOf(link, topology);
  if (owner !== undefined || scope !== '' || !isManageable(link)) return owner;
  return view.record?.former[portId(link.name)] === undefined ? undefined : portId(link.name);
}

/** Others may add addresses of their own to what we did not make. */
function isShared(view: HostView, link: ResourceId): boolean {
  return isBorrowed(link) || isAdopted(view, link);
}

function withoutTheirs(found: ResourceId[], wanted: ResourceId[] | undefined): ResourceId[] {
  return wanted?.every((each) => found.includes(each)) === true ? wanted : found;
}

/** One that was taken over, on an interface that has been given back already. */
function keptOn(view: HostView, id: ResourceId, link: LinkView): ResourceId | undefined {
  const kept = view.record?.former[id];
  const route = kept?.kind === 'route' ? Route.safeParse(kept).data : undefined;
  return route?.device === link.name ? route.link : undefined;
}

/** On an interface that bears no mark of anybody a route of ours is known by being wanted there. */
function wantedOn({ wanted }: Claim<Route>, id: ResourceId, link: LinkView): ResourceId | undefined {
  const route = wanted.get(id);
  return route?.device === link.name && (link.alias ?? '') === '' ? route.link : undefined;
}

/** The same route, made by hand: `replace` gives it our protocol number and loses no packet. */
export function adoptableRoute(wanted: Route, view: HostView): Adoption<Route> | undefined {
  const inside = wanted.scope === '' ? view.scopes.get('') : undefined;
  const same = inside?.routes.find(
    (route) =>
      route.to === wanted.to &&
      route.table === 'main' &&
      wanted.table === MAIN_TABLE &&
      route.type === 'unicast' &&
      route.device === wanted.device &&
      route.via === wanted.via &&
      (route.other ?? []).length === 0 &&
      hasOurMetric(route),
  );
  const protocol = same?.protocol ?? 'kernel';
  if (protocol !== 'static' && protocol !== 'boot') return undefined;
  const former: Route = { ...wanted, protocol };
  return { former, found: former };
}

/** `replace` would take the place of a route with the same destination and metric, whoever made it. */
export function routeInTheWay(wanted: Route, view: HostView, claim: Claim<Route>): string | undefined {
  const inside = view.scopes.get(wanted.scope);
  const rival = inside?.routes.find(
    (route) =>
      route.to === wanted.to &&
      (route.table === 'main' ? MAIN_TABLE : Number(route.table)) === wanted.table &&
      hasOurMetric(route) &&
      found(view, inside, route, claim) === undefined,
  );
  if (rival === undefined) return undefined;
  const where = wanted.scope === '' ? 'this host' : `namespace ${wanted.scope}`;
  const table = wanted.table === MAIN_TABLE ? '' : ` in table ${String(wanted.table)}`;
  return `A route to ${wanted.to}${table} exists in ${where} and is not ours: remove it first.`;
}

/** The metric that a route gets when none is asked for. */
function hasOurMetric({ family, metric }: RouteView): boolean {
  return (metric ?? 0) === (family === 6 ? 1024 : 0);
}
