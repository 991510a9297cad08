/** The settings below /proc/sys that decide about packets, as the kernel combines them (Documentation/networking/ip-sysctl.rst). */
import type { Family } from '../../core/address.ts';
import type { NetworkStack } from '../../flow/world.ts';

/** Beside those that the kinds have read: what a World made from hosts has to know. `+` is every interface that can have an address. */
export const WORLD_SETTINGS: readonly string[] = [
  'net/ipv4/conf/+/route_localnet',
  'net/ipv4/conf/+/accept_local',
  'net/ipv4/conf/+/proxy_arp',
  'net/ipv6/conf/+/proxy_ndp',
  'net/bridge/bridge-nf-call-iptables',
  'net/bridge/bridge-nf-call-ip6tables',
];

export function setting({ settings }: NetworkStack, path: string): number {
  return Number(settings.get(path) ?? 0);
}

function conf(stack: NetworkStack, family: Family, device: string, name: string): number {
  return setting(stack, `net/ipv${String(family)}/conf/${device}/${name}`);
}

/** Where the greater of `all` and the interface counts, and where either is enough. */
export function greater(stack: NetworkStack, device: string, name: string): number {
  return Math.max(conf(stack, 4, 'all', name), conf(stack, 4, device, name));
}

/** Whether what comes in by the interface is routed on: IPv4 by the interface, IPv6 by the stack or (Linux 6.17) the interface. */
export function forwards(
  stack: NetworkStack,
  family: Family,
  device: string,
): { readonly yes: boolean; readonly by: string } {
  if (family === 4) {
    const path = `net/ipv4/conf/${device}/forwarding`;
    // Written for the whole stack it is set for each interface.
    const by = stack.settings.has(path) ? path : 'net/ipv4/ip_forward';
    return { yes: setting(stack, by) === 1, by };
  }
  const by = 'net/ipv6/conf/all/forwarding';
  return { yes: setting(stack, by) === 1 || conf(stack, 6, device, 'force_forwarding') === 1, by };
}

export function hasIpv6(stack: NetworkStack, device: string): boolean {
  return conf(stack, 6, device, 'disable_ipv6') === 0;
}
