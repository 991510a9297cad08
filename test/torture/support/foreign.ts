/** What is not ours on a host of random topologies: how it looks, byte by byte, and which events are about it. */
import type { HostNamespace } from '../../support/host-namespace.ts';
import { UPLINKS } from '../../support/random-topology.ts';

/** Links with names and aliases that mean something to a shell, to `ip -batch`, to JSON, or look like ours; and more of what other managers leave. */
const MORE_CLUTTER = `
set -e
n=0
for name in '-batch' 'x$(id)' 'q"uote' "a'b" 'a|b' '*' 'gw#1' 'pn0-abcdef' 'vethtrunkline' 'br-n9'; do
  n=$((n + 1))
  ip link add name "$name" address 02:00:5e:00:00:0$((n % 10)) type bridge
  ip link set dev "$name" alias "trunkline:1:walk2:bridge:$name"
done
ip link set dev 'q"uote' alias '","ifname":"br-under'
ip link set dev 'a|b' alias 'trunkline:2:walk:bridge:br-under'
for table in 'ip6 filter' 'inet walk2-filter' 'bridge walk2' 'ip nat' 'inet f2b-table' 'ip libvirt_network'; do
  nft "add table $table { comment \\"trunkline:1:walk\\"; }; add chain $table theirs; add rule $table theirs counter accept; add set $table blocked { type ether_addr; elements = { 02:00:00:00:00:01 }; }"
done
ip route add 10.97.0.0/16 via 172.17.0.9 proto 201 table 77
ip route add unreachable 10.96.0.0/16 proto bird
ip -6 route add 2001:db8:ffff::/48 dev docker0 proto 66
ip rule add pref 501 fwmark 7 lookup 77
ip rule add pref 502 iif virbr0 lookup 77 proto 67
ip neigh add 172.17.0.44 lladdr 02:00:00:00:00:44 dev docker0 nud permanent
ip netns add walk-theirs
ip -n walk-theirs link set dev lo up
ip netns exec walk-theirs nft add table inet walk-filter
sysctl -qw net.ipv4.conf.virbr0.rp_filter=1 net.ipv6.conf.docker0.disable_ipv6=1 net.ipv4.conf.default.rp_filter=2
`;

export async function moreClutterOn(host: HostNamespace): Promise<void> {
  await host.run('sh', '-c', MORE_CLUTTER);
}

export interface Foreign {
  /** All of it, as text. */
  readonly picture: () => Promise<string>;
  /** Why an event is none of ours; `null` where it is about something of ours. */
  readonly blame: (event: string) => string | null;
}

/** @param topology its marks are ours. What is there now is foreign, but for the ports that it may borrow. */
export async function foreignOn(host: HostNamespace, topology: string): Promise<Foreign> {
  // An alias may hold control characters, and `ip` writes them into its JSON as they are.
  const listing = (await host.run('ip', '-j', 'link')).replaceAll(/[\x00-\x1f]/g, '?');
  const links = JSON.parse(listing) as readonly { ifindex: number; ifname: string }[];
  const theirs = links.filter(({ ifname }) => !UPLINKS.some((port) => port === ifname));
  const names = theirs.map(({ ifname }) => ifname);
  // The far end of a borrowed port's cable sees its carrier come and go.
  const silent = theirs.filter(({ ifname }) => !ifname.startsWith('x-'));
  const silentNames = new Set(silent.map(({ ifname }) => ifname));
  const indexes = new Set(silent.map(({ ifindex }) => String(ifindex)));
  return {
    picture: async () => (await host.run('sh', '-c', PICTURE, 'sh', ...names)).replace(VARYING, ''),
    blame(event) {
      const text = event.replace(/^(Deleted )+/, '');
      const nft = /^(?:add|delete|replace|reset|insert|update) \w+ (\w+) (\S+)/.exec(text);
      if (nft !== null) return nft[2]?.startsWith(`${topology}-`) === true ? null : `table ${nft[2] ?? ''} is not ours`;
      if (/^(#|nsid |\}|\t)/.test(text)) return null;
      if (/^\d+:\s+from |^\d+:\s+not from /.test(text))
        return / proto 201\b/.test(text) ? null : 'a rule that is not ours';
      const link = /^(\d+): /.exec(text);
      if (link !== null) return indexes.has(link[1] ?? '') ? 'a link that is not ours' : null;
      const device = (/ dev (\S+)/.exec(text) ?? /^inet6? (\S+) /.exec(text))?.[1];
      if (device !== undefined) return silentNames.has(device) ? `${device} is not ours` : null;
      return 'nobody knows what it is about';
    },
  };
}

const PICTURE = `
for name; do
  ip -d link show dev "$name"; ip address show dev "$name"; ip route show table all dev "$name"; ip -6 route show table all dev "$name"
  ip neigh show dev "$name" nud permanent
  grep -s '' /proc/sys/net/ipv4/conf/"$name"/* /proc/sys/net/ipv6/conf/"$name"/* /proc/sys/net/ipv4/neigh/"$name"/* /proc/sys/net/ipv6/neigh/"$name"/*
done
ip route show table all type unreachable proto bird; ip route show table 77
ip rule | grep -v 'proto 201'; ip -6 rule | grep -v 'proto 201'
for table in $(nft list tables | grep -v ' walk-' | cut -d' ' -f2,3 | tr ' ' ,); do nft -a list table "\${table%,*}" "\${table#*,}"; done
for each in all default; do grep -rs '' /proc/sys/net/ipv4/conf/$each /proc/sys/net/ipv6/conf/$each; done
grep -s '' /proc/sys/net/ipv4/* /proc/sys/net/ipv6/* /proc/sys/net/bridge/* /proc/sys/net/core/* 2>/dev/null
ip netns exec foreign ip -d link; ip netns exec walk-theirs ip -d link; ip netns exec walk-theirs nft list ruleset
ls -i /run/netns/foreign /run/netns/walk-theirs
:
`;

/** Counters, timers, what the kernel draws at random, and the carrier of links, which it takes its time to notice. */
const VARYING =
  /.*(?:stable_secret|tcp_fastopen_key|udp_mem|tcp_mem).*\n| \S*timer +[\d.]+|link-netnsid \d+|NO-CARRIER,|,LOWER_UP|,M-DOWN|state (?:UP|DOWN|LOWERLAYERDOWN)| linkdown/g;
