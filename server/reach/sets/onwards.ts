/** Who on the wire gets packets that a stack sends out by one of its interfaces: whoever may, never fewer. */
import { addressPart, mustParseAddress, mustParsePrefix } from '../../core/address.ts';
import type { NetworkStack, World } from '../../flow/world.ts';
import { segmentOf } from '../walk/segment.ts';
import type { Endpoint } from '../walk/segment.ts';
import type { Span } from '../rules/ruleset.ts';
import type { Box } from './boxes.ts';
import { common, without } from './spans.ts';
import type { Travelling } from './spread.ts';

export type Onward = Pick<Travelling, 'stack' | 'device' | 'box'> & {
  /** Why it may not get there after all. */
  readonly doubt: string | null;
};

interface Holder {
  readonly far: NetworkStack;
  readonly device: string;
  /** `null`: it answers for whatever it would pass on. */
  readonly value: bigint | null;
  readonly doubt: string | null;
}

/** Whoever has the address that the route, or the destination itself, says. */
export function onwards(
  world: World,
  stack: NetworkStack,
  device: string,
  family: 4 | 6,
  box: Box,
  notes: Set<string>,
): readonly Onward[] {
  const { endpoints, beyond } = segmentOf(world, stack.id, device);
  for (const each of beyond) notes.add(each);
  const holders = endpoints.flatMap((endpoint) => holdersAt(world, endpoint, family));
  const routes = stack.routes
    .filter((route) => route.family === family)
    .map((route) => ({ route, ...mustParsePrefix(route.to) }));
  return routes.flatMap(({ route, first, last, length }): readonly Onward[] => {
    const ways = route.ways.filter((way) => way.device === device);
    if (route.type !== 'unicast' || ways.length === 0) return [];
    const narrower = routes.filter((each) => each.length > length && each.route.table === route.table);
    const destinations = without(common(box.destinations, [{ first, last }]), narrower);
    if (destinations.length === 0) return [];
    return ways.flatMap(({ via }) =>
      holders.flatMap(({ far, device: at, value, doubt }): readonly Onward[] => {
        const own = heldBy(value, destinations, via === null ? null : mustParseAddress(via).value);
        if (own.length === 0) return [];
        const several = ways.length > 1 ? `${stack.node} may send it by several routers` : null;
        return [{ stack: far, device: at, box: { ...box, destinations: own }, doubt: several ?? doubt }];
      }),
    );
  });
}

function heldBy(value: bigint | null, destinations: readonly Span[], via: bigint | null): readonly Span[] {
  if (value === null) return destinations;
  if (via === null) return common(destinations, [{ first: value, last: value }]);
  return via === value ? destinations : [];
}

function holdersAt(world: World, endpoint: Endpoint, family: 4 | 6): readonly Holder[] {
  const far = world.stacks.get(endpoint.stack);
  if (far === undefined) return [];
  const { device } = endpoint;
  const filtered = endpoint.path.map(({ stack }) => world.stacks.get(stack)).find((each) => filters(each));
  const doubt = filtered === undefined ? null : `bridges of ${filtered.node} have rules of their own`;
  const own: Holder[] = [...addressesOn(far, device, family)].map((value) => ({ far, device, value, doubt }));
  const proxy = answersForOthers(far, device, family);
  return proxy ? [...own, { far, device, value: null, doubt: `${far.node} answers for others there` }] : own;
}

/** Linux answers for all of its addresses by every interface (arp_ignore), IPv6 for those of the interface. */
function addressesOn({ interfaces }: NetworkStack, device: string, family: 4 | 6): ReadonlySet<bigint> {
  const all = family === 4 ? [...interfaces.values()] : [interfaces.get(device)].filter((each) => each !== undefined);
  const values = all.flatMap(({ addresses, form }) =>
    form.type === 'loopback' && family === 6
      ? []
      : addresses
          .map((each) => mustParseAddress(addressPart(each)))
          .filter((each) => each.family === family && (family === 6 || each.value >> 24n !== 127n))
          .map(({ value }) => value),
  );
  return new Set(values);
}

function filters(stack: NetworkStack | undefined): boolean {
  return stack?.tables.some(({ family }) => family === 'bridge' || family === 'netdev') === true;
}

function answersForOthers({ settings }: NetworkStack, device: string, family: 4 | 6): boolean {
  const on = (at: string): boolean =>
    (settings.get(family === 4 ? `net/ipv4/conf/${at}/proxy_arp` : `net/ipv6/conf/${at}/proxy_ndp`) ?? '0') !== '0';
  return on(device) || (family === 4 && on('all'));
}
