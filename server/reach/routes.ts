/**
 * The ways out of a stack, from what was observed of it: rules, tables, routes. Where a rule or a route says more than is
 * understood, the way is `unknown`.
 */
import { formatAddress, mustParsePrefix, parseAddress } from '../core/address.ts';
import type { RouteView, RuleView, ScopeView } from '../flow/hostview.ts';
import type { Packet } from './judge/packet.ts';
import { addressField, familyOf } from './judge/packet.ts';
import type { Stack, Way } from './judge/stack.ts';

interface Prefixed {
  readonly first: bigint;
  readonly last: bigint;
  readonly length: number;
  readonly route: RouteView;
}

interface Wanted {
  readonly family: 4 | 6;
  readonly to: bigint;
  /** `null`: nobody knows yet. */
  readonly from: bigint | null;
  readonly mark: bigint | null;
}

export interface Routes extends Stack {
  wayTo(wanted: Wanted): Way;
}

export function routesOf(scope: ScopeView): Routes {
  const tables = new Map<string, readonly Prefixed[]>();
  for (const [key, list] of Map.groupBy(scope.routes, ({ family, table }) => tableKey(family, table)))
    tables.set(key, list.map(prefixed).toSorted(byPrecedence));
  const rules = scope.rules.toSorted((a, b) => a.priority - b.priority);
  const wayTo = (wanted: Wanted): Way => wayBy(rules, tables, wanted);
  return {
    wayTo,
    route(packet) {
      const family = familyOf(packet);
      const [to, from, mark] = [
        valueOf(packet, addressField(family, 'destination')),
        valueOf(packet, addressField(family, 'source')),
        valueOf(packet, 'mark'),
      ];
      return to === null
        ? { type: 'unknown', why: 'where it is sent to is not known' }
        : wayTo({ family, to, from, mark });
    },
    address: () => undefined,
  };
}

function valueOf(packet: Packet, field: Parameters<Packet['get']>[0]): bigint | null {
  const value = packet.get(field);
  return typeof value === 'bigint' ? value : null;
}

const tableKey = (family: 4 | 6, table: string): string => `${String(family)} ${table}`;

function prefixed(route: RouteView): Prefixed {
  const text = route.to.includes('/') ? route.to : `${route.to}/${route.family === 4 ? '32' : '128'}`;
  const { first, last, length } = mustParsePrefix(text);
  return { first, last, length, route };
}

function byPrecedence(a: Prefixed, b: Prefixed): number {
  return b.length - a.length || (a.route.metric ?? 0) - (b.route.metric ?? 0);
}

function wayBy(rules: readonly RuleView[], tables: ReadonlyMap<string, readonly Prefixed[]>, wanted: Wanted): Way {
  for (const rule of rules) {
    if (rule.family !== wanted.family) continue;
    const applies = ruleApplies(rule, wanted);
    if (applies === false) continue;
    if (applies === null) return { type: 'unknown', why: `a routing rule of priority ${String(rule.priority)}` };
    const found = (tables.get(tableKey(rule.family, rule.table ?? '')) ?? []).filter(
      ({ first, last, length }) =>
        wanted.to >= first && wanted.to <= last && (rule.suppressed === null || length > rule.suppressed),
    );
    const [best] = found;
    if (best === undefined) continue;
    const equal = found.filter((each) => byPrecedence(each, best) === 0);
    return equal.length > 1 ? sameWay(equal.map(wayOf)) : wayOf(best);
  }
  return { type: 'none', why: `no route to ${formatAddress(wanted.family, wanted.to)}` };
}

function sameWay(ways: readonly Way[]): Way {
  const [first] = ways;
  const devices = new Set(ways.map((way) => JSON.stringify(way)));
  return devices.size === 1 && first !== undefined ? first : { type: 'unknown', why: 'several routes are as good' };
}

/** `null`: it cannot be said. */
function ruleApplies({ from, mark, table, other }: RuleView, wanted: Wanted): boolean | null {
  if (mark !== null && wanted.mark !== null && BigInt(mark) !== wanted.mark) return false;
  if (from !== null && wanted.from !== null) {
    const prefix = mustParsePrefix(
      from.includes('/') ? from : `${from}/${parseAddress(from)?.family === 6 ? '128' : '32'}`,
    );
    if (wanted.from < prefix.first || wanted.from > prefix.last) return false;
  }
  if (other.length > 0 || table === null) return null;
  return (mark !== null && wanted.mark === null) || (from !== null && wanted.from === null) ? null : true;
}

function wayOf({ route }: Prefixed): Way {
  switch (route.type) {
    case 'unicast':
      return route.device === null
        ? { type: 'unknown', why: 'a route by several ways' }
        : { type: 'out', device: route.device };
    case 'local':
    case 'anycast':
      return { type: 'local' };
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return { type: 'none', why: `a route of type ${route.type}` };
    default:
      return { type: 'unknown', why: `a route of type ${route.type}` };
  }
}
