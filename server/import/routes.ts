/** Routes and rules of the host → the routers of networks and the written routes of the draft. */
import { addressPart, prefixContains } from '../core/address.ts';
import type { RouteView } from '../flow/hostview.ts';
import type { DraftNetwork } from './draft.ts';
import type { Import } from './job.ts';
import { routeKey, ruleKey } from './ledger.ts';

const OURS = '201';
const BY_HAND = new Set(['static', 'boot']);

export function draftRoutes(job: Import): void {
  const { snapshot, ledger } = job;
  snapshot.host.routes.forEach((route, at) => {
    if (isKernels(route)) ledger.kernel(routeKey(at));
  });
  const numbered = snapshot.host.routes.map((route, at) => ({ route, key: routeKey(at) }));
  const byMetric = numbered.toSorted((a, b) => (a.route.metric ?? 0) - (b.route.metric ?? 0));
  for (const { route, key } of byMetric) if (ledger.isOpen(key) && isDefault(route)) draftDefault(job, route, key);
  for (const { route, key } of numbered) if (ledger.isOpen(key)) draftRoute(job, route, key);
  snapshot.host.rules.forEach((rule, at) => {
    const usual = rule.from === null && rule.mark === null && rule.other.length === 0 && rule.suppressed === null;
    const own = usual && [0, 32_766, 32_767].includes(rule.priority);
    if (own && ['local', 'main', 'default'].includes(rule.table ?? '')) ledger.kernel(ruleKey(at));
    else ledger.list(ruleKey(at), 'a file has no rules of its own: Trunkline makes those that its gateways need');
  });
}

function isKernels({ protocol, table, to, type }: RouteView): boolean {
  if (protocol === 'kernel' || table === 'local') return true;
  return type === 'multicast' && to.startsWith('ff00::');
}

function isDefault({ to, table, type }: RouteView): boolean {
  return to.endsWith('/0') && table === 'main' && type === 'unicast';
}

function draftDefault({ draft, ledger }: Import, route: RouteView, key: string): void {
  const { family, via, device } = route;
  const network = draft.networks.find((each) => each.device === device && reaches(each, via));
  if (via === null || network === undefined) {
    ledger.list(key, 'its router is on no network of the file');
    return;
  }
  const other = draft.networks.find(({ routers }) => routers.some((each) => each.includes(':') === (family === 6)));
  if (other !== undefined) {
    ledger.list(key, `the default route by ${other.name} comes before it`);
    return;
  }
  network.routers.push(via);
  ledger.inFile(key, `networks.${network.name}.router`);
}

/** Its own address is no router of a network. */
function reaches({ subnets, addresses }: DraftNetwork, via: string | null): boolean {
  if (via === null || addresses.some((each) => addressPart(each) === via)) return false;
  return subnets.some((subnet) => prefixContains(subnet, via));
}

function draftRoute({ draft, ledger }: Import, route: RouteView, key: string): void {
  const reason = whyNot(route);
  if (reason !== undefined) {
    ledger.list(key, reason);
    return;
  }
  const { to, via, device } = route;
  const network = draft.networks.find((each) => each.device === device && reaches(each, via));
  if (via === null || network === undefined) {
    ledger.list(key, 'its router is on no network of the file');
    return;
  }
  if (draft.routes.some((each) => each.to === to)) {
    ledger.list(key, 'another route leads to the same prefix');
    return;
  }
  if (draft.networks.some(({ subnets }) => subnets.includes(to))) {
    ledger.list(key, 'a network of the file has that prefix');
    return;
  }
  draft.routes.push({ to, via });
  ledger.inFile(key, `routes to ${to}`);
}

function whyNot({ type, table, protocol, other = [], metric, family, to }: RouteView): string | undefined {
  if (protocol === OURS) return 'a topology made it';
  if (type !== 'unicast') return `a file has no ${type} routes`;
  if (table !== 'main') return 'a file has routes in the main table only';
  if (to.endsWith('/0')) return 'another default route comes before it';
  if (!BY_HAND.has(protocol)) return `${protocol} made it, and makes it again`;
  if (other.length > 0) return `it says more than a file can: ${other.join(', ')}`;
  if ((metric ?? 0) !== (family === 6 ? 1024 : 0)) return `a file has no metrics: this one is ${String(metric)}`;
  return undefined;
}
