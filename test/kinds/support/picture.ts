/** All that can be seen of a host's network, to compare before and after. */
import type { Machine } from './machine.ts';

/** Links, addresses, routes and settings as text, without what no command sets: ifindexes, timers, random MACs, carrier. */
export function picture({ sh }: Pick<Machine, 'sh'>): string {
  const stable = [
    's/^[0-9]+: //; s/@if[0-9]+:/@:/; s/_timer +[0-9.]+/_timer/g; s/(valid|preferred)_lft [^ ]*//g',
    's/NO-CARRIER,|,LOWER_UP|,M-DOWN| linkdown| tentative//g; s/ (state|qdisc|port_id|port_no|designated_port) [^ ]*//g',
    '/^(p[a-z]+-[a-z]+|vx-far)[@:]/s/link.ether [0-9a-f:]+/link/',
    // There once duplicate address detection is over, whenever that is; the addresses themselves are in the picture.
    '/^(local|anycast) [0-9a-f]*:/d',
  ].join('; ');
  return sh(`
    { ip -o addr show; ip -d -o link show; ip route show table all; ip -6 route show table all; } | sed -E '${stable}' | sort
    ip rule show; ip -6 rule show
    bridge -c=never vlan show 2>/dev/null
    for ns in $(ls /run/netns); do
      { ip -n $ns -o addr show; ip -n $ns -d -o link show; ip -n $ns route show table all; ip -n $ns -6 route show table all; ip -n $ns rule; ip -n $ns -6 rule; } | sed -E '${stable}' | sort
      ip netns exec $ns grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward 2>/dev/null | grep -v stable_secret | sort
    done
    grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward 2>/dev/null | grep -v stable_secret | sort
    ls /run/netns; find /var/lib -type f`);
}
