/**
 * The host's own stack, as far as a way to it can rest on it, with what the kernel does when something of it changes: a link
 * that goes takes its addresses and routes along, one that goes down its routes. Routes of the kernel's own making come and
 * go with addresses.
 */
import { addressPart, familyOf, mustParsePrefix } from '../core/address.ts';
import type { Table, TableFamily } from '../core/nft/ast.ts';
import type { HostView, LinkView, RouteView, RuleView, ScopeView } from '../flow/hostview.ts';
import type { PathLink, Touch } from '../flow/touch.ts';

export interface PathPicture {
  readonly links: Map<string, PathLink>;
  /** What VLAN devices lie on, or have lain on. */
  readonly lowers: Set<string>;
  addresses: readonly { readonly device: string; readonly address: string }[];
  routes: readonly RouteView[];
  rules: readonly RuleView[];
  readonly settings: Map<string, string>;
  /** Those that the plan touches: as the first touch found them, and as they are. */
  readonly tables: Map<
    string,
    { readonly family: TableFamily; readonly before: Table | null; readonly now: Table | null }
  >;
}

const NEW_LINK: PathLink = {
  ...{ type: null, up: false, carrier: true, mtu: 1500, master: null, lower: null, vid: null },
  ...{ filtering: false, vlans: [], leads: null },
};
/** RFC 8200, 5: the kernel takes IPv6 off a link that carries less. */
const IPV6_LEAST = 1280;

export function pictureOf(view: HostView): PathPicture | undefined {
  const own = view.scopes.get('');
  if (own === undefined) return undefined;
  const links = [...own.links.values()].filter(({ manageable }) => manageable);
  const shapes = links.map((link) => [link.name, pathLink(link, own)] as const);
  return {
    links: new Map(shapes),
    lowers: new Set(shapes.flatMap(([, { lower }]) => lower ?? [])),
    addresses: links.flatMap(({ name, addresses }) =>
      addresses.filter(({ dadFailed }) => !dadFailed).map(({ address }) => ({ device: name, address })),
    ),
    routes: own.routes,
    rules: own.rules,
    settings: new Map(own.sysctls),
    tables: new Map(),
  };
}

function pathLink(link: LinkView, { links }: ScopeView): PathLink {
  const { type, up, carrier, mtu, vlans, data } = link;
  const nameOf = (index: number | null): string | null => (index === null ? null : (links.get(index)?.name ?? null));
  const vid = type === 'vlan' && typeof data['id'] === 'number' ? data['id'] : null;
  const lower = vid === null || link.linkElsewhere ? null : nameOf(link.link);
  const filtering = data['vlan_filtering'] === 1;
  return { type, up, carrier, mtu, master: nameOf(link.master), lower, vid, filtering, vlans, leads: null };
}

export function touchPicture(picture: PathPicture, touch: Touch): void {
  switch (touch.on) {
    case 'link':
      touchLink(picture, touch);
      return;
    case 'vlan':
      touchVlan(picture, touch);
      return;
    case 'address':
      touchAddress(picture, touch);
      return;
    case 'route':
      touchRoute(picture, touch);
      return;
    case 'rule':
      touchRule(picture, touch);
      return;
    case 'setting':
      touchSetting(picture, touch);
      return;
    case 'table': {
      const { family, name, before, after } = touch;
      const known = picture.tables.get(`${family} ${name}`);
      picture.tables.set(`${family} ${name}`, {
        family,
        before: known === undefined ? before : known.before,
        now: after,
      });
    }
  }
}

type TouchOn<On extends Touch['on']> = Extract<Touch, { readonly on: On }>;

function touchLink(picture: PathPicture, { device, was, link }: TouchOn<'link'>): void {
  if (was !== undefined && was !== device) renameLink(picture, was, device);
  if (link === null) {
    removeLink(picture, device);
    return;
  }
  const before = picture.links.get(device) ?? NEW_LINK;
  const after = { ...before, ...link };
  picture.links.set(device, after);
  if (after.lower !== null) picture.lowers.add(after.lower);
  if (before.up && !after.up) takeDown(picture, device);
  if (!before.up && after.up) bringUp(picture, device);
  if (after.mtu < IPV6_LEAST) dropIpv6(picture, device);
}

function renameLink(picture: PathPicture, was: string, device: string): void {
  const link = picture.links.get(was);
  if (link === undefined) return;
  picture.links.delete(was);
  picture.links.set(device, link);
  for (const [name, each] of picture.links) {
    if (each.master === was) picture.links.set(name, { ...each, master: device });
    if (each.lower === was) picture.links.set(name, { ...each, lower: device });
  }
  picture.addresses = picture.addresses.map((each) => (each.device === was ? { ...each, device } : each));
  picture.routes = picture.routes.map((each) => (each.device === was ? { ...each, device } : each));
}

function removeLink(picture: PathPicture, device: string): void {
  const link = picture.links.get(device);
  if (link === undefined) return;
  picture.links.delete(device);
  picture.addresses = picture.addresses.filter((each) => each.device !== device);
  picture.routes = picture.routes.filter((each) => each.device !== device);
  // Of thousands of NICs that go at once none has anything on it.
  if (link.type !== 'bridge' && link.type !== 'bond' && !picture.lowers.has(device)) return;
  for (const [name, each] of picture.links) {
    if (each.master === device) picture.links.set(name, { ...each, master: null });
    if (each.lower === device) removeLink(picture, name);
  }
}

function vlanDevicesOn({ links, lowers }: PathPicture, device: string): readonly (readonly [string, PathLink])[] {
  return lowers.has(device) ? [...links].filter(([, each]) => each.lower === device) : [];
}

/** VLAN devices go up and down with what they lie on. */
function takeDown(picture: PathPicture, device: string): void {
  picture.routes = picture.routes.filter((each) => each.device !== device);
  if (!isOn(picture, 'ipv6', device, 'keep_addr_on_down')) dropIpv6(picture, device);
  for (const [name, each] of vlanDevicesOn(picture, device))
    if (each.up) touchLink(picture, { on: 'link', device: name, link: { up: false } });
}

function bringUp(picture: PathPicture, device: string): void {
  for (const each of picture.addresses) if (each.device === device) addConnected(picture, device, each.address);
  for (const [name, each] of vlanDevicesOn(picture, device))
    if (!each.up) touchLink(picture, { on: 'link', device: name, link: { up: true } });
}

function dropIpv6(picture: PathPicture, device: string): void {
  picture.addresses = picture.addresses.filter((each) => each.device !== device || familyOf(each.address) !== 6);
  picture.routes = picture.routes.filter((each) => each.device !== device || each.family !== 6);
}

/** Of `all` and the interface either one is enough. */
function isOn({ settings }: PathPicture, stack: 'ipv4' | 'ipv6', device: string, name: string): boolean {
  return ['all', device].some((each) => (settings.get(`net/${stack}/conf/${each}/${name}`) ?? '0') !== '0');
}

function touchVlan(picture: PathPicture, { device, vid, member }: TouchOn<'vlan'>): void {
  const link = picture.links.get(device);
  if (link === undefined) return;
  const others = link.vlans.filter((each) => each.vid !== vid);
  const vlans = member ? [...others, { vid, pvid: false, untagged: false }] : others;
  picture.links.set(device, { ...link, vlans });
}

function touchAddress(picture: PathPicture, { device, address, present }: TouchOn<'address'>): void {
  const others = picture.addresses.filter((each) => each.device !== device || each.address !== address);
  if (present) {
    picture.addresses = [...others, { device, address }];
    if (picture.links.get(device)?.up === true) addConnected(picture, device, address);
    return;
  }
  const family = familyOf(address);
  const subnet = mustParsePrefix(address).text;
  const inSubnet = (each: { device: string; address: string }): boolean =>
    each.device === device && mustParsePrefix(each.address).text === subnet;
  // The first of a subnet takes the others along, unless one of them may take its place.
  const first = picture.addresses.find(inSubnet)?.address === address;
  const takesAlong = family === 4 && first && !isOn(picture, 'ipv4', device, 'promote_secondaries');
  picture.addresses = takesAlong ? others.filter((each) => !inSubnet(each)) : others;
  const left = picture.addresses.filter((each) => each.device === device && familyOf(each.address) === family);
  picture.routes = picture.routes.filter((route) => {
    if (route.device !== device || route.family !== family) return true;
    // With the last address the interface has no IPv4 any more, and no route by it.
    if (family === 4 && left.length === 0) return false;
    return route.protocol !== 'kernel' || route.to !== subnet || left.some(inSubnet);
  });
}

function addConnected(picture: PathPicture, device: string, address: string): void {
  const { family, text: to } = mustParsePrefix(address);
  const metric = family === 6 ? 256 : null;
  const same = (each: RouteView): boolean => each.to === to && each.device === device && each.protocol === 'kernel';
  if (picture.routes.some(same)) return;
  const route = { family, table: 'main', type: 'unicast', to, via: null, device, metric, protocol: 'kernel' };
  picture.routes = [...picture.routes, route];
}

function touchRoute(picture: PathPicture, { to, via, device, table, present }: TouchOn<'route'>): void {
  const family = familyOf(to);
  const name = tableName(table);
  const metric = family === 6 ? 1024 : null;
  const others = picture.routes.filter(
    (each) => each.table !== name || each.to !== to || (each.metric ?? 0) !== (metric ?? 0),
  );
  const route = { family, table: name, type: 'unicast', to, via, device, metric, protocol: 'ours' };
  picture.routes = present ? [...others, route] : others;
}

export function tableName(table: number): string {
  return { 253: 'default', 254: 'main', 255: 'local' }[table] ?? String(table);
}

function touchRule(picture: PathPicture, touch: TouchOn<'rule'>): void {
  const { family, priority, from, suppressed, present } = touch;
  const table = tableName(touch.table);
  const others = picture.rules.filter(
    (each) =>
      each.family !== family ||
      each.priority !== priority ||
      each.table !== table ||
      (from !== null && each.from !== null && addressPart(each.from) !== addressPart(from)),
  );
  // A rule for a mark is for packets that are sent on, and none of ours.
  const mark = from === null ? 0 : null;
  const rule = { family, priority, from, mark, table, suppressed, protocol: null, other: [] };
  picture.rules = present ? [...others, rule] : others;
}

function touchSetting(picture: PathPicture, { path, value }: TouchOn<'setting'>): void {
  picture.settings.set(path, value);
  const [, device = '', name = ''] = /^net\/ipv6\/conf\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (name === 'disable_ipv6' && value !== '0')
    for (const each of device === 'all' ? picture.links.keys() : [device]) dropIpv6(picture, each);
  // A router does not listen to others: the kernel forgets what it has heard from them.
  if (name === 'forwarding' && value !== '0')
    picture.routes = picture.routes.filter((each) => !isHeard(each) || listensAnyhow(picture, each.device));
}

function isHeard({ family, protocol, to }: RouteView): boolean {
  return family === 6 && protocol === 'ra' && to === '::/0';
}

function listensAnyhow({ settings }: PathPicture, device: string | null): boolean {
  return settings.get(`net/ipv6/conf/${device ?? ''}/accept_ra`) === '2';
}

/** The interfaces that have an address. */
export function holdersOf({ addresses }: PathPicture, wanted: string): readonly string[] {
  return addresses.filter(({ address }) => addressPart(address) === wanted).map(({ device }) => device);
}
