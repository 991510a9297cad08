/**
 * The settings that are ever set, as paths with `*` for any interface, and `+` for any that can have an address: what has to be
 * read on a host. `settings.ts` is where their values come from; a test holds the two together.
 */
export const MANAGED_SYSCTLS: readonly string[] = [
  'net/ipv4/ip_forward',
  'net/ipv4/conf/+/forwarding',
  'net/ipv4/conf/+/rp_filter',
  'net/ipv4/conf/+/arp_ignore',
  'net/ipv4/conf/+/arp_announce',
  'net/ipv4/conf/+/accept_redirects',
  'net/ipv4/conf/+/send_redirects',
  'net/ipv4/conf/+/promote_secondaries',
  'net/ipv6/conf/*/disable_ipv6',
  'net/ipv6/conf/+/forwarding',
  'net/ipv6/conf/+/force_forwarding',
  'net/ipv6/conf/+/accept_ra',
  'net/ipv6/conf/+/accept_redirects',
  'net/ipv6/conf/+/keep_addr_on_down',
];
