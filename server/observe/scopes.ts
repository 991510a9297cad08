import { parseAddress, parsePrefix, prefixOf, bitsOf } from '../core/address.ts';
import type { Family } from '../core/address.ts';
import { Failure } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import type { RouteView, RuleView, ScopeView, TableView } from '../flow/hostview.ts';
import { checkEach, parseToolJson } from './json.ts';
import { linkViews } from './links.ts';
import type { Part } from './parts.ts';
import { BridgeFdb, BridgeVlans, IpLink, IpRoute, IpRule, NftListing } from './schemas.ts';

/** Makes one scope's view from its reads. Throws `observation` where one is missing or not understood. */
export function scopeView(host: string, scope: string, parts: ReadonlyMap<string, Part>): ScopeView {
  const where = scope === '' ? host : `${host}, namespace ${scope}`;
  const read = (name: string): Buffer => {
    const part = parts.get(name);
    if (part === undefined)
      throw new Failure('observation', `The read "${name}" is missing`, { detail: `on ${where}` });
    return part.output;
  };
  const list = (name: string, what: string): unknown => dropEmpty(parseToolJson(where, what, read(name)));
  /** Nothing at all is printed where the kernel was started without IPv6. */
  const listOrNone = (name: string, what: string): unknown => (read(name).length === 0 ? [] : list(name, what));

  return {
    scope,
    links: linkViews(
      checkEach(where, 'ip addr', IpLink, list('links', 'ip addr')),
      checkEach(where, 'bridge vlan', BridgeVlans, list('vlans', 'bridge vlan')),
      checkEach(where, 'bridge fdb', BridgeFdb, list('fdb', 'bridge fdb')),
    ),
    routes: [
      ...checkEach(where, 'ip -4 route', IpRoute, list('routes4', 'ip -4 route')).map((each) => routeView(4, each)),
      ...checkEach(where, 'ip -6 route', IpRoute, list('routes6', 'ip -6 route')).map((each) => routeView(6, each)),
    ],
    rules: [
      ...checkEach(where, 'ip -4 rule', IpRule, list('rules4', 'ip -4 rule')).map((each) => ruleView(4, each)),
      ...checkEach(where, 'ip -6 rule', IpRule, listOrNone('rules6', 'ip -6 rule')).map((each) => ruleView(6, each)),
    ],
    tables: tableViews(where, read('tables')),
    sysctls: sysctlValues(read('sysctls')),
  };
}

/** `ip -j` prints `{}` for elements it has filtered out. */
function dropEmpty(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return (value as readonly unknown[]).filter(
    (each) => typeof each !== 'object' || each === null || Object.keys(each).length > 0,
  );
}

function routeView(family: Family, route: IpRoute): RouteView {
  return {
    family,
    table: route.table ?? 'main',
    type: route.type ?? 'unicast',
    to: routePrefix(family, route.dst),
    via: route.gateway ?? route.via?.host ?? null,
    device: route.dev ?? null,
    metric: route.metric ?? null,
    protocol: route.protocol ?? 'boot',
    other: [
      ...Object.keys(route).filter((key) => !KNOWN_ROUTE.has(key)),
      ...(route.flags ?? []).filter((flag) => !STATE_FLAGS.has(flag)),
      ...((route.pref ?? 'medium') === 'medium' ? [] : ['pref']),
    ],
  };
}

const KNOWN_ROUTE = new Set(Object.keys(IpRoute.shape));
/** What the kernel says of how a route is doing. */
const STATE_FLAGS = new Set(['linkdown', 'dead', 'offload', 'trap', 'rt_offload', 'rt_trap']);

function routePrefix(family: Family, text: string): string {
  if (text === 'default') return family === 4 ? '0.0.0.0/0' : '::/0';
  const address = parseAddress(text);
  return address === undefined ? (parsePrefix(text)?.text ?? text) : prefixOf(address, bitsOf(family)).text;
}

const KNOWN_RULE = new Set(Object.keys(IpRule.shape));

function ruleView(family: Family, rule: IpRule): RuleView {
  const all = rule.src === 'all' && rule.srclen === undefined;
  const length = rule.srclen ?? bitsOf(family);
  return {
    family,
    priority: rule.priority,
    from: all ? null : (parsePrefix(`${rule.src}/${String(length)}`)?.text ?? rule.src),
    mark: rule.fwmark === undefined ? null : Number(rule.fwmark),
    table: rule.table ?? null,
    suppressed: rule.suppress_prefixlen ?? null,
    protocol: rule.protocol ?? null,
    other: Object.keys(rule).filter((key) => !KNOWN_RULE.has(key)),
  };
}

function tableViews(where: string, output: Buffer): readonly TableView[] {
  const listing = NftListing.safeParse(
    parseToolJson(where, 'nft', output.length === 0 ? Buffer.from('{"nftables":[]}') : output),
  );
  if (!listing.success) throw new Failure('observation', `What nft printed on ${where} is not understood`);
  const tables = new Map<string, { family: string; name: string; objects: Readonly<Record<string, Json>>[] }>();
  for (const object of listing.data.nftables) {
    const [type, body] = Object.entries(object)[0] ?? [];
    if (type === undefined || type === 'metainfo' || typeof body !== 'object' || body === null) continue;
    const { family, name, table } = body as { family?: string; name?: string; table?: string };
    const tableName = type === 'table' ? name : table;
    if (family === undefined || tableName === undefined) continue;
    const key = `${family} ${tableName}`;
    const view = tables.get(key) ?? { family, name: tableName, objects: [] };
    tables.set(key, view);
    if (type !== 'table') view.objects.push(object);
  }
  return [...tables.values()];
}

/** Lines of `grep`: `net/ipv4/ip_forward:1`. No path has a colon: the kernel refuses it in names of links. */
function sysctlValues(output: Buffer): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of output.toString('utf8').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return values;
}
