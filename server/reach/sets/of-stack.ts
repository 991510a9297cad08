/** A stack of the World as what sets need to know of it. */
import { mustParsePrefix, mustParseAddress, addressPart, familyOf } from '../../core/address.ts';
import type { NetworkStack, StackRoute } from '../../flow/world.ts';
import type { Way } from '../judge/stack.ts';
import { forwards } from '../walk/settings.ts';
import { rulesetOf } from '../world/rules.ts';
import type { Facts, Region } from './facts.ts';
import { ANYWHERE } from './facts.ts';
import type { Subject } from './stack.ts';

type WayRule = ReturnType<Facts['ways']>[number];

const subjects = new WeakMap<NetworkStack, Subject>();

export function subjectOf(stack: NetworkStack): Subject {
  const known = subjects.get(stack);
  if (known !== undefined) return known;
  const subject = { ruleset: rulesetOf(stack), facts: factsOf(stack) };
  subjects.set(stack, subject);
  return subject;
}

export function factsOf(stack: NetworkStack): Facts {
  const ways = { 4: waysOf(stack, 4), 6: waysOf(stack, 6) };
  return {
    ways: (family) => ways[family],
    address: (device, family) => addressOf(stack, device, family),
    // Ports of a bridge hand what they get to it.
    devices: [...stack.interfaces.values()].filter(({ port }) => port === null).map(({ name }) => name),
    forwards: (device, family) => forwards(stack, family, device).yes,
    fib: (family) =>
      new Map([['fib daddr type', ways[family].map(({ region, way }) => ({ region, value: typeOfWay(way) }))]]),
  };
}

const [UNICAST, LOCAL] = [1n, 2n];

function typeOfWay({ type }: Way): bigint | undefined {
  return type === 'out' ? UNICAST : type === 'local' ? LOCAL : undefined;
}

/** The first of the interface, as masquerade takes it where no subnet has the destination. Nobody can say which of several. */
function addressOf({ interfaces }: NetworkStack, device: string, family: 4 | 6): bigint | null | undefined {
  const own = (interfaces.get(device)?.addresses ?? [])
    .map(addressPart)
    .filter((each) => familyOf(each) === family && !/^fe80:/i.test(each));
  const [first] = own;
  return first === undefined ? null : own.length === 1 ? mustParseAddress(first).value : undefined;
}

function waysOf({ rules, routes }: NetworkStack, family: 4 | 6): readonly WayRule[] {
  const tables = new Map<string, readonly Sorted[]>();
  for (const [table, list] of Map.groupBy(
    routes.filter((route) => route.family === family),
    ({ table }) => table,
  ))
    tables.set(table, list.map(sortedRoute).toSorted(byPrecedence));
  return rules
    .filter((rule) => rule.family === family)
    .flatMap((rule): readonly WayRule[] => {
      const { from, mark, table, suppressed, unknown, priority } = rule;
      const region: Region = {
        ...ANYWHERE,
        from: from === null ? null : mustParsePrefix(from),
        mark: mark === null ? null : BigInt(mark),
      };
      if (unknown.length > 0 || table === null)
        return [
          {
            region,
            way: { type: 'unknown', why: `the routing rule of priority ${String(priority)} is not understood` },
          },
        ];
      return (tables.get(table) ?? [])
        .filter(({ length }) => suppressed === null || length > suppressed)
        .map(({ first, last, route }) => ({ region: { ...region, to: { first, last } }, way: wayOf(route) }));
    });
}

interface Sorted {
  readonly first: bigint;
  readonly last: bigint;
  readonly length: number;
  readonly route: StackRoute;
}

function sortedRoute(route: StackRoute): Sorted {
  const { first, last, length } = mustParsePrefix(route.to);
  return { first, last, length, route };
}

function byPrecedence(a: Sorted, b: Sorted): number {
  return b.length - a.length || a.route.metric - b.route.metric;
}

function wayOf({ type, ways, unknown, to }: StackRoute): Way {
  if (unknown.length > 0) return { type: 'unknown', why: `the route to ${to} is not understood` };
  switch (type) {
    case 'unicast': {
      const devices = new Set(ways.map(({ device }) => device));
      const [device] = devices;
      return devices.size === 1 && device != null
        ? { type: 'out', device }
        : { type: 'unknown', why: `the route to ${to} has several ways` };
    }
    case 'local':
    case 'anycast':
      return { type: 'local' };
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
    case 'broadcast':
    case 'multicast':
      return { type: 'none', why: `a route of type ${type}` };
    default:
      return { type: 'unknown', why: `a route of type ${type}` };
  }
}
