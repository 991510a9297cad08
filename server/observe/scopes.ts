import { parseAddress, parsePrefix, prefixOf, bitsOf } from '../core/address.ts';
import type { Family } from '../core/address.ts';
import { Failure } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import type { NextHopView, RouteView, RuleView, ScopeView, TableView } from '../flow/hostview.ts';
import { visibleText } from '../core/visible-text.ts';
import { checkEach, parseToolJson } from './json.ts';
import { linkViews } from './links.ts';
import type { Part } from './parts.ts';
import {
  BridgeFdb,
  BridgeVlans,
  IpLink,
  IpRoute,
  IpRule,
  KNOWN_ROUTE_MEMBERS,
  KNOWN_RULE_MEMBERS,
  NftListing,
} from './schemas.ts';

/** `lo` of a network stack: the kernel makes it first, under whatever name it goes today. */
export const LOOPBACK_INDEX = 1;

/** Makes one scope's view from its reads. Throws `observation` where one is missing or not understood. */
export function scopeView(host: string, scope: string, parts: ReadonlyMap<string, Part>): ScopeView {
  const where = scope === '' ? host : `${host}, namespace ${scope}`;
  const read = (name: string): Buffer => {
    const part = parts.get(name);
    if (part === undefined)
      throw new Failure('observation', `The read "${name}" is missing`, { detail: `on ${where}` });
    return part.output;
  };
  const list = (name: string, what: string): unknown => parseToolJson(where, what, read(name));
  const links = checkEach(where, 'ip addr', IpLink, list('links', 'ip addr'));
  if (!links.some((each) => each.ifindex === LOOPBACK_INDEX)) {
    throw new Failure('observation', `The links of ${where} are not all there`, {
      detail: 'The loopback link is missing, and no network stack is without it.',
    });
  }

  return {
    scope,
    links: linkViews(
      links,
      checkEach(where, 'bridge vlan', BridgeVlans, list('vlans', 'bridge vlan')),
      checkEach(where, 'bridge fdb', BridgeFdb, list('fdb', 'bridge fdb')),
    ),
    routes: [
      ...checkEach(where, 'ip -4 route', IpRoute, list('routes4', 'ip -4 route')).map((each) => routeView(4, each)),
      ...checkEach(where, 'ip -6 route', IpRoute, list('routes6', 'ip -6 route')).map((each) => routeView(6, each)),
    ],
    rules: [
      ...checkEach(where, 'ip -4 rule', IpRule, list('rules4', 'ip -4 rule')).map((each) => ruleView(4, each)),
      ...checkEach(where, 'ip -6 rule', IpRule, list('rules6', 'ip -6 rule')).map((each) => ruleView(6, each)),
    ],
    tables: tableViews(where, read('tables')),
    // Of the host's own stack those of all devices are read beside the others, and told of apart.
    sysctls: new Map(
      (parts.has('settings') ? ['sysctls', 'settings'] : ['sysctls']).flatMap((name) => [
        ...sysctlValues(where, read(name)),
      ]),
    ),
  };
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
      ...Object.keys(route).filter((key) => !KNOWN_ROUTE_MEMBERS.has(key)),
      ...(route.flags ?? []).filter((flag) => !STATE_FLAGS.has(flag)),
      ...((route.pref ?? 'medium') === 'medium' ? [] : ['pref']),
    ],
    ...(route.prefsrc === undefined ? {} : { source: route.prefsrc }),
    ...(route.nexthops === undefined ? {} : { nexthops: route.nexthops.map(nextHopView) }),
    ...(isDead(route.flags) ? { dead: true } : {}),
  };
}

function nextHopView({ gateway, via, dev, flags }: NonNullable<IpRoute['nexthops']>[number]): NextHopView {
  return { via: gateway ?? via?.host ?? null, device: dev ?? null, dead: isDead(flags) };
}

function isDead(flags: readonly string[] | undefined): boolean {
  return flags?.includes('dead') === true;
}

/** What the kernel says of how a route is doing. */
const STATE_FLAGS = new Set(['linkdown', 'dead', 'offload', 'trap', 'rt_offload', 'rt_trap']);

function routePrefix(family: Family, text: string): string {
  if (text === 'default') return family === 4 ? '0.0.0.0/0' : '::/0';
  const address = parseAddress(text);
  return address === undefined ? (parsePrefix(text)?.text ?? text) : prefixOf(address, bitsOf(family)).text;
}

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
    other: Object.keys(rule).filter((key) => !KNOWN_RULE_MEMBERS.has(key)),
  };
}

function tableViews(where: string, output: Buffer): readonly TableView[] {
  const rest = nftDocuments(output).flatMap((document) => nftObjects(where, document));
  const tables = new Map<string, { family: string; name: string; objects: Readonly<Record<string, Json>>[] }>();
  for (const object of rest) {
    const [[type, body] = [], ...others] = Object.entries(object);
    if (type === undefined || others.length > 0 || typeof body !== 'object' || body === null || Array.isArray(body))
      throw notUnderstood(where, 'one object of it has no type');
    const { family, name, table } = body as { family?: Json; name?: Json; table?: Json };
    const tableName = type === 'table' ? name : table;
    if (typeof family !== 'string' || typeof tableName !== 'string')
      throw notUnderstood(where, `a ${type} is in no table`);
    const key = `${family} ${tableName}`;
    const view = tables.get(key) ?? { family, name: tableName, objects: [] };
    tables.set(key, view);
    const { flags } = body as { flags?: Json };
    if (type !== 'table') view.objects.push(object);
    else if (flags !== undefined) view.objects.push({ table: { family, name: tableName, flags: flagWords(flags) } });
  }
  return [...tables.values()];
}

const TABLE_FLAGS: ReadonlySet<Json> = new Set(['dormant', 'owner', 'persist']);

/** nft 1.0.6 prints whatever lies in its memory in place of the word: that there are flags is all that can be told then. */
function flagWords(flags: Json): readonly string[] {
  const words = (Array.isArray(flags) ? (flags as readonly Json[]) : [flags]).filter((each) => TABLE_FLAGS.has(each));
  return words.length === 0 ? ['unreadable'] : words.map(String).sort();
}

const DOCUMENT = '{"nftables":';

/** One, or one a table; see `tables-script.ts`. */
function nftDocuments(output: Buffer): readonly Buffer[] {
  const starts: number[] = [];
  for (let at = output.indexOf(`\n${DOCUMENT}`); at >= 0; at = output.indexOf(`\n${DOCUMENT}`, at + 1))
    starts.push(at + 1);
  return [0, ...starts].map((start, index) => output.subarray(start, starts[index] ?? output.length));
}

function nftObjects(where: string, document: Buffer): NftListing['nftables'] {
  const listing = parseToolJson(where, 'nft', document);
  const wrong = NftListing(listing);
  if (wrong !== undefined) throw notUnderstood(where, wrong);
  const [first, ...rest] = (listing as NftListing).nftables;
  // It comes first, whatever the ruleset: where it is missing, something was lost.
  if (first?.['metainfo'] === undefined) throw notUnderstood(where, 'it does not begin with its version');
  return rest;
}

function notUnderstood(where: string, detail: string): Failure {
  return new Failure('observation', `What nft printed on ${where} is not understood`, { detail: visibleText(detail) });
}

/**
 * Lines of `grep` (`net/ipv4/ip_forward:1`), and how many there have to be: one that is lost would be taken for a setting that
 * the kernel does not have. No path has a colon: the kernel refuses it in names of links.
 */
function sysctlValues(where: string, output: Buffer): ReadonlyMap<string, string> {
  const lines = output.toString('utf8').split('\n');
  const count = /^count:(\d+)$/.exec(lines.at(-2) ?? '')?.[1];
  const values = new Map<string, string>();
  for (const line of lines.slice(0, -2)) {
    const [, path, value] = SETTING.exec(line) ?? [];
    if (path === undefined || value === undefined)
      throw new Failure('observation', `The settings of ${where} are not understood`, { detail: visibleText(line) });
    values.set(path, value.trim());
  }
  if (lines.at(-1) !== '' || count !== String(values.size))
    throw new Failure('observation', `The settings of ${where} are not all there`, {
      detail: `${String(values.size)} of ${count ?? 'a number not told'} came.`,
    });
  return values;
}

const SETTING = /^([^:]+):([\x20-\x7e\t]*)$/;
