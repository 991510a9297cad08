/**
 * What moves with the mastership of a cluster: its shared addresses, and the routes that lead through them. No plan puts them
 * anywhere; whoever is master has them.
 */
import { addressPart, familyOf, hostPrefix, prefixContains } from '../../core/address.ts';
import type { Gateway, GatewayMember, MemberNic } from '../../flow/model.ts';
import type { NetworkStack, StackRoute, StackRule } from '../../flow/world.ts';

/** Whether this member is master: it has a shared address in use. */
export function heldBy(gateway: Gateway, member: GatewayMember, stack: NetworkStack): boolean {
  return gateway.nics.some(({ network, addresses }) => {
    const device = member.nics.find((each) => each.network === network)?.device ?? '';
    const there = new Set(stack.interfaces.get(device)?.addresses.map(addressPart));
    return addresses.some((each) => there.has(addressPart(each)));
  });
}

/** Further routes and rules of the member that becomes master: those that it does not have without the shared addresses. */
export function sharedRouting(
  { routing }: Gateway,
  nics: readonly MemberNic[],
  stack: NetworkStack,
): { readonly routes: readonly StackRoute[]; readonly rules: readonly StackRule[] } {
  const deviceOf = (network: string): string | undefined => nics.find((each) => each.network === network)?.device;
  const route = (to: string, via: string, network: string, table: string): readonly StackRoute[] => {
    const device = deviceOf(network);
    const there = stack.routes.some((each) => each.table === table && each.to === to);
    if (device === undefined || there) return [];
    const family = familyOf(to);
    const more = { type: 'unicast', source: null, protocol: '201', unknown: [], metric: family === 4 ? 0 : 1024 };
    return [{ family, table, to, ways: [{ via, device }], ...more }];
  };
  const everything = (via: string): string => (via.includes(':') ? '::/0' : '0.0.0.0/0');
  return {
    routes: [
      ...routing.routes.flatMap(({ to, via, network }) => route(to, via, network, 'main')),
      ...routing.sources.flatMap(({ via, network, table }) => route(everything(via), via, network, String(table))),
    ],
    rules: routing.sources.flatMap(({ family, from, mark, table }, index) => {
      const selectors = [
        ...from.map((address) => ({ from: hostPrefix(address), mark: null })),
        ...(mark === null ? [] : [{ from: null, mark }]),
      ];
      const missing = selectors.filter(
        (each) => !stack.rules.some((rule) => rule.family === family && isSame(rule, each)),
      );
      const priority = 1000 + index * 2;
      return missing.flatMap((each): readonly StackRule[] => [
        { ...each, family, priority, table: 'main', suppressed: 0, unknown: [] },
        { ...each, family, priority: priority + 1, table: String(table), suppressed: null, unknown: [] },
      ]);
    }),
  };
}

function isSame(rule: StackRule, { from, mark }: Pick<StackRule, 'from' | 'mark'>): boolean {
  if (from === null) return rule.mark === mark && mark !== null;
  return rule.from !== null && prefixContains(rule.from, addressPart(from));
}
