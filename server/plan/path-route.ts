/** Which way the kernel would send a packet to an address: rules by priority, in each table the longest prefix, then the least metric. */
import { addressPart, bitsOf, familyOf, mustParsePrefix, prefixContains } from '../core/address.ts';
import type { RouteView, RuleView } from '../flow/hostview.ts';
import { holdersOf } from './path-picture.ts';
import type { PathPicture } from './path-picture.ts';

export type Way =
  | { readonly type: 'by'; readonly device: string; readonly via: string | null }
  | { readonly type: 'local' | 'none' | 'refused' };

const NONE: Way = { type: 'none' };

/** @param zone the interface that a link-local address is meant on: it is another one on each. */
export function wayTo(picture: PathPicture, destination: string, source: string, zone: string | null): Way {
  if (holdersIn(picture, destination, zone).length > 0) return { type: 'local' };
  const family = familyOf(destination);
  const rules = picture.rules
    .filter((rule) => rule.family === family && isFor(rule, source))
    .sort((a, b) => a.priority - b.priority);
  for (const { table, suppressed } of rules) {
    const found = table === null ? undefined : bestIn(picture, table, destination, zone);
    if (found === undefined || (suppressed !== null && mustParsePrefix(found.to).length <= suppressed)) continue;
    if (found.type !== 'unicast') return { type: 'refused' };
    return found.device === null ? NONE : { type: 'by', device: found.device, via: found.via };
  }
  return NONE;
}

/** A rule that goes by more than the source (a mark, an interface, a user) is not for what the host itself answers, as far as we know. */
function isFor({ from, mark, other }: RuleView, source: string): boolean {
  if (mark !== null || other.length > 0) return false;
  if (from === null) return true;
  const whole = from.includes('/') ? from : `${from}/${String(bitsOf(familyOf(from)))}`;
  return familyOf(from) === familyOf(source) && prefixContains(mustParsePrefix(whole).text, source);
}

function bestIn(
  { routes, links }: PathPicture,
  table: string,
  destination: string,
  zone: string | null,
): RouteView | undefined {
  const family = familyOf(destination);
  let best: RouteView | undefined;
  for (const route of routes) {
    if (route.table !== table || route.family !== family || !isPlain(route)) continue;
    if (zone !== null && route.device !== zone) continue;
    if (route.device !== null && links.get(route.device)?.up === false) continue;
    if (!prefixContains(route.to, destination)) continue;
    if (best === undefined || isBetter(route, best)) best = route;
  }
  return best;
}

/** `local` and `broadcast` of the kernel are judged by the addresses; what has no prefix is of a form that we do not read. */
function isPlain({ type, to }: RouteView): boolean {
  return ['unicast', 'blackhole', 'unreachable', 'prohibit'].includes(type) && to.includes('/');
}

function isBetter(one: RouteView, other: RouteView): boolean {
  const [length, otherLength] = [mustParsePrefix(one.to).length, mustParsePrefix(other.to).length];
  return length === otherLength ? (one.metric ?? 0) < (other.metric ?? 0) : length > otherLength;
}

/** fe80::/10 (RFC 4291, 2.5.6) stands for something else on each link. */
export function isLinkLocal(address: string): boolean {
  return familyOf(address) === 6 && prefixContains('fe80::/10', address);
}

/** The interfaces that have an address; only that one where it is meant on one. */
export function holdersIn(picture: PathPicture, address: string, zone: string | null): readonly string[] {
  return holdersOf(picture, address).filter((device) => zone === null || device === zone);
}

export function isOwnRouter(picture: PathPicture, { via }: { readonly via: string | null }): boolean {
  return via !== null && holdersOf(picture, addressPart(via)).length > 0;
}
