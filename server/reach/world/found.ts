/** In: what was read of a host. Out: its stacks as they are, foreign things included, and the pairs between them. */
import type { Json } from '../../core/json.ts';
import { visibleText } from '../../core/visible-text.ts';
import { mustParsePrefix, parseAddress, parsePrefix } from '../../core/address.ts';
import type { LinkView, RouteView, RuleView, ScopeView } from '../../flow/hostview.ts';
import type { Scope } from '../../flow/resource.ts';
import type { BridgePort, Interface, InterfaceForm, NetworkStack, StackRoute, StackRule } from '../../flow/world.ts';
import { stackIdOf } from '../../flow/world.ts';
import { byPriority, kernelRoutes, LOOPBACK } from './kernel-routes.ts';
import { pairsOf } from './pairs.ts';
import type { HostStacks } from './wanted.ts';

/** A host as read from itself or from a snapshot. */
export interface FoundHost {
  readonly host: string;
  readonly scopes: ReadonlyMap<Scope, ScopeView>;
  /** What `iptables-save` and its likes printed in the host's own stack; empty where it was not asked. */
  readonly iptables?: ReadonlyMap<string, string>;
  /** The same of namespaces, by name. */
  readonly iptablesIn?: ReadonlyMap<Scope, ReadonlyMap<string, string>>;
  /** What is known to be there and was not read, by stack. */
  readonly unread?: ReadonlyMap<Scope, readonly string[]>;
}

export function stacksAsFound({ host, scopes, iptables, iptablesIn, unread }: FoundHost): HostStacks {
  return {
    stacks: [...scopes].map(([scope, view]) => {
      const texts = (scope === '' ? iptables : iptablesIn?.get(scope)) ?? NO_TEXTS;
      const stack = stackOf(host, scope, view, texts);
      return { ...stack, unread: [...stack.unread, ...(unread?.get(scope) ?? [])] };
    }),
    wires: pairsOf(host, scopes),
  };
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

function stackOf(host: string, scope: Scope, view: ScopeView, iptables: ReadonlyMap<string, string>): NetworkStack {
  const links = [...view.links.values()];
  const nameOf = (index: number): string | undefined => view.links.get(index)?.name;
  const id = stackIdOf(host, scope);
  return {
    ...{ id, node: id, host, sort: scope === '' ? 'host' : 'namespace' },
    interfaces: new Map(links.map((link) => [link.name, interfaceOf(link, view, nameOf)])),
    routes: [...view.routes.filter(({ dead }) => dead !== true).map(routeOf), ...laterRoutes(links)],
    rules: view.rules.map(ruleOf).toSorted(byPriority),
    settings: view.sysctls,
    tables: view.tables.map(({ family, name, objects }) => ({
      ...{ family, name },
      objects: objects.some((each) => 'table' in each) ? objects : [{ table: { family, name } }, ...objects],
    })),
    iptables,
    listens: null,
    // Bytes that are no UTF-8 are read as one and the same sign.
    unread: new Set(links.map(({ name }) => name)).size < links.length ? ['interfaces whose names look alike'] : [],
  };
}

/** The kernel makes the route to an address of IPv6 once it knows that nobody else has it. */
function laterRoutes(links: readonly LinkView[]): readonly StackRoute[] {
  const tentative = links.flatMap((link) => {
    const addresses = link.addresses.filter((each) => each.tentative && !each.dadFailed).map(({ address }) => address);
    return addresses.length === 0
      ? []
      : [{ ...LOOPBACK, name: link.name, form: { type: 'plain' } as const, addresses }];
  });
  return kernelRoutes(tentative).filter(({ type }) => type === 'local');
}

/** Interfaces that are up without a carrier of their own. */
const WITHOUT_CARRIER: ReadonlySet<string | null> = new Set(['bridge', 'vlan', 'vxlan']);

function interfaceOf(link: LinkView, view: ScopeView, nameOf: (index: number) => string | undefined): Interface {
  const master = link.master === null ? undefined : view.links.get(link.master);
  const filters = (master?.type === 'bridge' ? master : link).data['vlan_filtering'] === 1;
  return {
    name: link.name,
    up: link.up && (link.carrier || WITHOUT_CARRIER.has(link.type)),
    mac: link.mac,
    mtu: link.mtu,
    // A tentative one is in use a second later.
    addresses: link.addresses.filter(({ dadFailed }) => !dadFailed).map(({ address }) => address),
    form: formOf(link, nameOf),
    port: link.master === null ? null : portOf(link, master?.name ?? `interface ${String(link.master)}`),
    vlans: filters
      ? link.vlans.map(({ vid, pvid, untagged }) => ({ vid, pvid, untagged })).toSorted((a, b) => a.vid - b.vid)
      : [],
  };
}

/** Of a bond's ports `state` is a word (`BACKUP` takes no frames), of a bridge's too (`forwarding`, `blocking` …). */
function portOf({ slaveData }: LinkView, master: string): BridgePort {
  const state = slaveData['state'] ?? 'forwarding';
  return {
    master,
    isolated: slaveData['isolated'] === true,
    hairpin: slaveData['hairpin'] === true,
    forwarding: state === 'forwarding' || state === 'ACTIVE',
  };
}

function formOf(link: LinkView, nameOf: (index: number) => string | undefined): InterfaceForm {
  const { type, data, index } = link;
  const lower = link.link === null || link.linkElsewhere ? undefined : nameOf(link.link);
  switch (type) {
    case null:
      return index === 1 ? { type: 'loopback' } : { type: 'plain' };
    case 'veth':
    case 'tun':
    case 'dummy':
    case 'ifb':
      return { type: 'plain' };
    case 'bond':
      return { type: 'bond' };
    case 'bridge':
      return {
        type: 'bridge',
        vlanAware: data['vlan_filtering'] === 1,
        // The switch of the whole stack (net/bridge) may be on though this one is off.
        callsIp: data['nf_call_iptables'] === 1 || data['nf_call_ip6tables'] === 1 ? true : null,
        vlanProtocol: textOf(data['vlan_protocol']) ?? '802.1Q',
      };
    case 'vlan': {
      const vid = data['id'];
      const plain = textOf(data['protocol']) === '802.1Q';
      return typeof vid === 'number' && lower !== undefined && plain
        ? { type: 'vlan', on: lower, vid }
        : { type: 'unknown', what: 'a VLAN interface on something in another namespace, or of another protocol' };
    }
    case 'vxlan':
      return vxlanOf(link);
    case 'macvlan':
      return lower === undefined
        ? { type: 'unknown', what: 'a macvlan on something in another namespace' }
        : { type: 'macvlan', on: lower, mode: textOf(data['mode']) ?? '' };
    default:
      return { type: 'unknown', what: `an interface of type ${visibleText(type)}` };
  }
}

function vxlanOf({ data, fdb }: LinkView): InterfaceForm {
  const { id: vni, port } = data;
  if (typeof vni !== 'number' || typeof port !== 'number') return { type: 'unknown', what: 'a VXLAN without a VNI' };
  const local = textOf(data['local']) ?? textOf(data['local6']) ?? null;
  const remote = textOf(data['remote']) ?? textOf(data['remote6']);
  const flooded = fdb.flatMap(({ mac, destination }) =>
    mac === '00:00:00:00:00:00' && destination !== null ? [destination] : [],
  );
  const remotes = [...new Set([...flooded, ...(remote === undefined ? [] : [remote])])].sort();
  const grouped = remotes.find((each) => isMulticast(each));
  return grouped === undefined
    ? { type: 'vxlan', vni, port, local, remotes }
    : { type: 'unknown', what: `a VXLAN that floods to the group ${visibleText(grouped)}` };
}

function isMulticast(address: string): boolean {
  return address.startsWith('ff') || /^2(2[4-9]|3\d)\./.test(address);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What the kernel says about a route that is no part of where it leads. */
const HARMLESS: ReadonlySet<string> = new Set([
  'prefsrc',
  'nexthops',
  'onlink',
  'metrics',
  'scope',
  'pervasive',
  'mtu',
]);

function routeOf(route: RouteView): StackRoute {
  const { family, table, type, to, via, device, metric, protocol, source, nexthops, other = [] } = route;
  const ways =
    nexthops === undefined
      ? [{ via, device }]
      : nexthops.filter(({ dead }) => !dead).map((each) => ({ via: each.via, device: each.device }));
  const known = parsePrefix(to);
  return {
    ...{ family, table, type, protocol, ways },
    to: known?.text ?? (family === 4 ? '0.0.0.0/0' : '::/0'),
    metric: metric ?? 0,
    source: source === undefined ? null : (parseAddress(source)?.text ?? null),
    unknown: [
      ...other.filter((name) => !HARMLESS.has(name)),
      ...(known === undefined ? [`to ${visibleText(to)}`] : []),
    ],
  };
}

function ruleOf({ family, priority, from, mark, table, suppressed, other }: RuleView): StackRule {
  const prefix = from === null ? null : parsePrefix(from);
  return {
    ...{ family, priority, mark, table, suppressed },
    from: prefix == null ? null : mustParsePrefix(prefix.text).text,
    unknown: [...other, ...(prefix === undefined ? [`from ${visibleText(from ?? '')}`] : [])],
  };
}
