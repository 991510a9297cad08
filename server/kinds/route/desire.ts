import type { Host, Model } from '../../flow/model.ts';
import { routeId, routesOn } from '../link-routing.ts';
import type { Route } from './resource.ts';

export function desireRoutes(model: Model, host: Host): readonly Route[] {
  return routesOn(model, host).map((route): Route => ({
    ...route,
    kind: 'route',
    id: routeId(route.scope, route.to, route.table),
    through: [...route.through],
  }));
}
