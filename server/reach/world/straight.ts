/** A World in which the node `internet` hands everything straight to a gateway, whatever a provider would route. */
import { familyOf } from '../../core/address.ts';
import type { Address } from '../../core/address.ts';
import type { NetworkStack, StackRule, World } from '../../flow/world.ts';
import { byPriority } from './kernel-routes.ts';
import { INTERNET } from './members.ts';

/** @param to the gateway's address, and the interface of `internet` that leads to it */
export function sendingStraight(world: World, to: { readonly via: Address; readonly device: string }): World {
  const stack = world.stacks.get(INTERNET);
  if (stack === undefined) return world;
  const family = familyOf(to.via);
  const rule: StackRule = {
    ...{ family, priority: 1, from: null, mark: null, table: 'forced', suppressed: null, unknown: [] },
  };
  const route = {
    ...{ family, table: 'forced', type: 'unicast', to: family === 4 ? '0.0.0.0/0' : '::/0' },
    ...{ ways: [to], metric: 0, source: null, protocol: 'boot', unknown: [] },
  };
  const changed: NetworkStack = {
    ...stack,
    routes: [...stack.routes, route],
    rules: [...stack.rules, rule].toSorted(byPriority),
  };
  return { ...world, stacks: new Map([...world.stacks, [INTERNET, changed]]) };
}
