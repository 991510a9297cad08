/** Which settings an interface or a stack gets for the part it plays, as `[path below /proc/sys, value]`. */
export type Setting = readonly [path: string, value: string];

const ipv4 = (device: string, name: string, value: number): Setting => [
  `net/ipv4/conf/${device}/${name}`,
  String(value),
];
const ipv6 = (device: string, name: string, value: number): Setting => [
  `net/ipv6/conf/${device}/${name}`,
  String(value),
];

/** Where a network has no IPv6, and on bridge ports always: a port with an address of its own talks past the bridge. */
export function ipv6Off(device: string): Setting {
  return ipv6(device, 'disable_ipv6', 1);
}

/** The whole stack of a gateway. */
export function gatewayStack(hasIpv6: boolean): readonly Setting[] {
  return [
    ['net/ipv4/ip_forward', '1'],
    // Sent when either this or the interface's own says so.
    ipv4('all', 'send_redirects', 0),
    ipv6('all', 'forwarding', hasIpv6 ? 1 : 0),
  ];
}

export function gatewayNic(device: string, hasIpv6: boolean): readonly Setting[] {
  return [
    // Loose: 2 is the greatest value, and the kernel takes the greater of `all` and the interface, so what a new namespace
    // inherits does not matter. Strict drops the replies of paths that differ by direction. Which source may arrive where is
    // the firewall's to judge, where it is counted.
    ipv4(device, 'rp_filter', 2),
    ...ownAddressesOnly(device),
    ...withoutRedirects(device),
    ...keepAddresses(device),
    ...ipv6Part(device, hasIpv6),
  ];
}

/**
 * A NIC of a gateway in the host's own stack. Forwarding is switched on for this interface and no other: an IPv4 packet goes by
 * the setting of the interface that it comes in by, an IPv6 packet by that of the whole host or, since Linux 6.17, by
 * `force_forwarding` there.
 */
export function hostGatewayNic(device: string, hasIpv6: boolean): readonly Setting[] {
  return [...gatewayNic(device, hasIpv6), ...hostForwarding(device, hasIpv6 ? 1 : 0)];
}

/** The same on an interface that is borrowed: only what routing needs. */
export function hostGatewayPort(device: string, hasIpv6: boolean): readonly Setting[] {
  const forwarding = hostForwarding(device, 1).filter(([path]) => hasIpv6 || !path.startsWith('net/ipv6/'));
  return [...forwarding, ipv4(device, 'rp_filter', 2)];
}

function hostForwarding(device: string, overIpv6: 0 | 1): readonly Setting[] {
  return [
    ipv4(device, 'forwarding', 1),
    ipv6(device, 'forwarding', overIpv6),
    ipv6(device, 'force_forwarding', overIpv6),
  ];
}

/** A host's own interface never forwards, whatever else the host does (a container engine switches it on for all). */
export function hostNic(device: string, hasIpv6: boolean): readonly Setting[] {
  // The kernel takes the greater of `all` and the interface: 0 leaves the choice to whoever runs the host.
  return [...hostLink(device, hasIpv6), ipv4(device, 'rp_filter', 0)];
}

/**
 * A bridge on which the host has no address. A guest can still send frames to the bridge's MAC: the host must not route them
 * on, not answer for its addresses elsewhere, and drop what comes from there (strict: no source is reached through it; where
 * `all` is 2 the kernel takes that instead).
 */
export function unaddressedBridge(device: string): readonly Setting[] {
  return [...hostLink(device, false), ipv4(device, 'rp_filter', 1)];
}

/** Every setting that any part needs is written for each: a link that changes its part is as if it had never had another. */
function hostLink(device: string, hasIpv6: boolean): readonly Setting[] {
  return [
    ipv4(device, 'forwarding', 0),
    ...ownAddressesOnly(device),
    ...withoutRedirects(device),
    ...keepAddresses(device),
    ...ipv6Part(device, hasIpv6),
    ipv6(device, 'forwarding', 0),
    ipv6(device, 'force_forwarding', 0),
  ];
}

/** Answer for an address only on the interface that has it, and ask with one that belongs to the network. */
function ownAddressesOnly(device: string): readonly Setting[] {
  return [ipv4(device, 'arp_ignore', 1), ipv4(device, 'arp_announce', 2)];
}

/** A guest could send a redirect as well as a router, and a gateway that sends one is gone round from then on. */
function withoutRedirects(device: string): readonly Setting[] {
  return [ipv4(device, 'accept_redirects', 0), ipv4(device, 'send_redirects', 0), ipv6(device, 'accept_redirects', 0)];
}

/** A bare port is borrowed: only what the network's safety needs. */
export function hostPort(device: string, hasIpv6: boolean): readonly Setting[] {
  return [ipv4(device, 'forwarding', 0), ...(hasIpv6 ? [ipv6(device, 'forwarding', 0)] : [])];
}

/** A guest's router advertisement would change the routes of the host or gateway. */
function ipv6Part(device: string, hasIpv6: boolean): readonly Setting[] {
  return [ipv6(device, 'disable_ipv6', hasIpv6 ? 0 : 1), ipv6(device, 'accept_ra', 0)];
}

/**
 * Without `promote_secondaries` removing one address removes the others of its subnet; without `keep_addr_on_down` an
 * interface that goes down loses its IPv6 addresses.
 */
function keepAddresses(device: string): readonly Setting[] {
  return [ipv4(device, 'promote_secondaries', 1), ipv6(device, 'keep_addr_on_down', 1)];
}
