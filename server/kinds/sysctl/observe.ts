import type { HostView, ScopeView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { isSomebodys, wasThere } from '../link-adoption.ts';
import { isBorrowed } from '../link-ids.ts';
import { isForwarding } from './commands.ts';
import { outgoingSettings } from './outgoing.ts';
import { Sysctl } from './resource.ts';

/**
 * Settings that are wanted, and those that we changed and still have to give back; one that is borrowed is in our hands from
 * when its former value is kept. Where an interface or namespace of ours is on its way out, its settings are too, so that
 * undoing that brings them back.
 */
export function observeSysctls(view: HostView, claim: Claim<Sysctl>): readonly Sysctl[] {
  const looked = new Map(keptSettings(view));
  const left = new Set<string>();
  for (const [id, wanted] of claim.wanted) {
    if (staysAsFound(view, wanted)) left.add(id);
    if (!wanted.borrowed || looked.has(id) || left.has(id)) looked.set(id, wanted);
  }
  const found = [...looked.values()].flatMap((each): Sysctl[] => {
    const value = currentValue(view, each);
    return value === undefined ? [] : [{ ...each, value: left.has(each.id) ? each.value : value }];
  });
  return [...found, ...outgoingSettings(view, claim)];
}

/** An interface that stood before us keeps its settings, but for the IPv4 forwarding that a gateway is for. */
function staysAsFound(view: HostView, { link, borrowed, ...setting }: Sysctl): boolean {
  const device = /\/conf\/([^/]+)\//.exec(setting.path)?.[1];
  if (link === null || device === undefined || isForwardingOn(setting)) return false;
  return borrowed === isBorrowed(link) && isSomebodys(view, link, device);
}

function isForwardingOn({ path, value }: Pick<Sysctl, 'path' | 'value'>): boolean {
  return path.startsWith('net/ipv4/') && isForwarding({ path }) && value === '1';
}

function keptSettings(view: HostView): readonly (readonly [string, Sysctl])[] {
  return Object.values(view.record?.former ?? {}).flatMap((former): (readonly [string, Sysctl])[] => {
    const setting = former.kind === 'sysctl' ? Sysctl.safeParse(former) : undefined;
    return setting?.success === true ? [[setting.data.id, setting.data]] : [];
  });
}

function currentValue(view: HostView, { scope, path, value }: Sysctl): string | undefined {
  const sysctls = view.scopes.get(scope)?.sysctls;
  const found = sysctls?.get(path);
  if (found !== undefined) return found;
  if (sysctls !== undefined && forwardsAsAWhole(sysctls, path)) {
    return value === '0' ? value : sysctls.get('net/ipv6/conf/all/forwarding') === '1' ? '1' : undefined;
  }
  // A kernel that was started without IPv6 has none to switch off or to guard; where it is to be on, it is missing.
  const asksForIpv6 = path.endsWith('/disable_ipv6') && value === '0';
  return path.startsWith('net/ipv6/') && !asksForIpv6 && hasNoIpv6(view) ? value : undefined;
}

/** Before Linux 6.17 IPv6 is forwarded by all interfaces of a stack or by none, and there is no such setting. */
function forwardsAsAWhole(sysctls: ScopeView['sysctls'], path: string): boolean {
  return (
    path.endsWith('/force_forwarding') &&
    sysctls.has('net/ipv6/conf/default/forwarding') &&
    !sysctls.has('net/ipv6/conf/default/force_forwarding')
  );
}

/** We switch nothing on for a whole host: foreign interfaces would forward too, and router advertisements be ignored. */
export function sysctlInTheWay({ scope, path, value }: Sysctl, view: HostView): string | undefined {
  const sysctls = view.scopes.get(scope)?.sysctls;
  if (value === '0' || sysctls === undefined || !forwardsAsAWhole(sysctls, path)) return undefined;
  return 'This kernel (older than 6.17) forwards IPv6 for a whole host only, and here it does not: set net.ipv6.conf.all.forwarding=1 yourself, let the gateway run in a namespace (`runs: netns`), or give its networks no IPv6.';
}

function hasNoIpv6(view: HostView): boolean {
  const read = view.scopes.get('')?.sysctls;
  return read !== undefined && read.size > 0 && !read.has('net/ipv6/conf/all/disable_ipv6');
}

export function formerSysctl(wanted: Sysctl, view: HostView): Sysctl | undefined {
  const kept = wanted.borrowed || (wanted.link !== null && wasThere(view, wanted.link) && isForwardingOn(wanted));
  const value = kept ? view.scopes.get(wanted.scope)?.sysctls.get(wanted.path) : undefined;
  return value === undefined ? undefined : { ...wanted, value };
}
