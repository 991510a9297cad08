/**
 * Where a stack sends a packet: its routing rules in order, in each table the longest prefix, of equal ones the lowest metric
 * (ip-rule(8), ip-route(8), fib_trie.c). Where a rule or a route says more than is understood, the answer is `unknown`.
 */
import { formatAddress, mustParseAddress, mustParsePrefix } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { NetworkStack, StackRoute, StackRule } from '../../flow/world.ts';

export interface Wanted {
  readonly family: Family;
  readonly to: bigint;
  /** `null`: none yet. */
  readonly from: bigint | null;
  readonly mark: bigint | null;
}

export interface NextHop {
  /** `null`: the destination itself. */
  readonly via: bigint | null;
  readonly device: string;
}

export type RouteAnswer =
  /** By each of the ways, whichever the kernel takes for this flow. */
  | { readonly type: 'out'; readonly ways: readonly NextHop[]; readonly route: StackRoute }
  | { readonly type: 'local'; readonly device: string | null; readonly route: StackRoute }
  /** `silent`: without an answer to the sender. */
  | { readonly type: 'none'; readonly silent: boolean; readonly why: string; readonly route: StackRoute | null }
  | { readonly type: 'unknown'; readonly why: string };

interface Indexed {
  readonly first: bigint;
  readonly length: number;
  readonly route: StackRoute;
}

interface Table {
  /** Longest first, within a length by first address. */
  readonly byLength: readonly (readonly [bits: bigint, byFirst: ReadonlyMap<bigint, readonly Indexed[]>])[];
}

const indexes = new WeakMap<NetworkStack, ReadonlyMap<string, Table>>();

function tablesOf(stack: NetworkStack): ReadonlyMap<string, Table> {
  const known = indexes.get(stack);
  if (known !== undefined) return known;
  const tables = new Map<string, Table>();
  for (const [key, routes] of Map.groupBy(stack.routes, ({ family, table }) => `${String(family)} ${table}`))
    tables.set(key, makeTable(routes));
  indexes.set(stack, tables);
  return tables;
}

function makeTable(routes: readonly StackRoute[]): Table {
  const indexed = routes.map((route): Indexed => {
    const { first, length } = mustParsePrefix(route.to);
    return { first, length, route };
  });
  const byLength = [...Map.groupBy(indexed, ({ length }) => length)].toSorted(([a], [b]) => b - a);
  return {
    byLength: byLength.map(([length, list]) => {
      const width = BigInt((list[0]?.route.family === 6 ? 128 : 32) - length);
      const sorted = list.toSorted((a, b) => a.route.metric - b.route.metric);
      return [width, Map.groupBy(sorted, ({ first }) => first)] as const;
    }),
  };
}

export function routeTo(stack: NetworkStack, wanted: Wanted): RouteAnswer {
  const tables = tablesOf(stack);
  for (const rule of stack.rules) {
    if (rule.family !== wanted.family) continue;
    const applies = ruleApplies(rule, wanted);
    if (applies === false) continue;
    if (applies === null || rule.table === null)
      return { type: 'unknown', why: `the routing rule of priority ${String(rule.priority)} is not understood` };
    const table = tables.get(`${String(rule.family)} ${rule.table}`);
    const found = table === undefined ? undefined : best(stack, table, wanted, rule.suppressed);
    if (found !== undefined) return found;
  }
  const to = formatAddress(wanted.family, wanted.to);
  return { type: 'none', silent: false, why: `no route to ${to}`, route: null };
}

/** `undefined`: the next rule is asked. */
function best(
  stack: NetworkStack,
  { byLength }: Table,
  { to }: Wanted,
  suppressed: number | null,
): RouteAnswer | undefined {
  for (const [bits, byFirst] of byLength) {
    const list = (byFirst.get((to >> bits) << bits) ?? []).filter(({ route }) => isUsable(stack, route));
    const [first] = list;
    if (first === undefined) continue;
    // The kernel finds the longest one first, and only then looks whether it is too short.
    if (suppressed !== null && first.length <= suppressed) return undefined;
    if (first.route.type === 'throw') return undefined;
    return answerOf(list.filter(({ route }) => route.metric === first.route.metric).map(({ route }) => route));
  }
  return undefined;
}

/** Routes by an interface that is down are taken out by the kernel. */
function isUsable({ interfaces }: NetworkStack, { ways }: StackRoute): boolean {
  return ways.some(({ device }) => device === null || interfaces.get(device)?.up === true) || ways.length === 0;
}

function answerOf(routes: readonly StackRoute[]): RouteAnswer {
  const [route] = routes;
  if (route === undefined) return { type: 'unknown', why: 'there is no route' };
  const strange = routes.find(({ unknown }) => unknown.length > 0);
  if (strange !== undefined)
    return {
      type: 'unknown',
      why: `the route to ${strange.to} says ${strange.unknown.join(', ')}, which is not understood`,
    };
  switch (route.type) {
    case 'unicast':
      return outBy(routes, route);
    case 'local':
    case 'anycast':
      return { type: 'local', device: route.ways[0]?.device ?? null, route };
    case 'broadcast':
    case 'multicast':
      return { type: 'unknown', why: `${route.to} is a ${route.type} address` };
    case 'blackhole':
      return { type: 'none', silent: true, why: `a route of type blackhole to ${route.to}`, route };
    case 'unreachable':
    case 'prohibit':
      return { type: 'none', silent: false, why: `a route of type ${route.type} to ${route.to}`, route };
    default:
      return { type: 'unknown', why: `a route of type ${route.type} to ${route.to}` };
  }
}

function outBy(routes: readonly StackRoute[], route: StackRoute): RouteAnswer {
  const ways = new Map<string, NextHop>();
  for (const { via, device } of routes.flatMap((each) => each.ways)) {
    if (device === null) return { type: 'unknown', why: `the route to ${route.to} names no interface` };
    ways.set(`${device} ${via ?? ''}`, { device, via: via === null ? null : mustParseAddress(via).value });
  }
  return { type: 'out', ways: [...ways.values()], route };
}

/** `null`: it cannot be said. */
function ruleApplies({ from, mark, unknown }: StackRule, wanted: Wanted): boolean | null {
  if (mark !== null && wanted.mark !== null && BigInt(mark) !== wanted.mark) return false;
  if (from !== null) {
    // A packet that has no source yet is from nowhere: no rule for a source is for it.
    if (wanted.from === null) return false;
    const { first, last } = mustParsePrefix(from);
    if (wanted.from < first || wanted.from > last) return false;
  }
  return unknown.length > 0 || (mark !== null && wanted.mark === null) ? null : true;
}
