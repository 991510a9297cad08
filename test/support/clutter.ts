import type { HostNamespace } from './host-namespace.ts';

/** Everything that a host shows of itself, as text; what changes by itself (counters, timers, ifindexes, lifetimes) is left out. */
export async function pictureOf(host: HostNamespace): Promise<string> {
  const text = await host.run(
    'sh',
    '-c',
    'ip -d link; ip addr; ip route show table all; ip -6 route show table all; ip rule; bridge -d vlan; bridge fdb | grep permanent; nft -a list ruleset; ls -R /run/netns /run/trunkline/borrowed /var/lib/trunkline 2>&1; cd /proc/sys/net && grep -r "" ipv4 ipv6 bridge netfilter 2>/dev/null | sort',
  );
  return text
    .split('\n')
    .filter(
      // Groups of IPv6 (33:33:) are joined by whatever was up with IPv6 for a moment, and not by what came up without.
      (line) =>
        !/33:33:|nf_conntrack_count|\/(neigh|tcp_available|tcp_fastopen_key|udp_mem|tcp_mem)|stable_secret/.test(line),
    )
    .map((line) => line.replace(/^\d+: |if\d+|timer +[\d.]+|link-netnsid \d+/g, ''))
    .join('\n');
}

/** What other software keeps on a machine: none of it is ours, all of it has to be there afterwards just as it was. */
export async function clutterOn(host: HostNamespace): Promise<void> {
  const setup = `
set -e
ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up
ip link add virbr0 type bridge; ip addr add 192.168.122.1/24 dev virbr0; ip link set virbr0 up
ip link add name 'a;b' type bridge; ip link set dev 'a;b' alias 'trunkline:1:small'
ip link add name hostile alias 'x' type bridge
ip link set dev hostile alias "$(printf 'x\\033[31m')"
ip link add name other type bridge; ip link set dev other alias trunkline:1:other:bridge:other group 21580
ip route add 10.99.0.0/16 via 172.17.0.9 proto 66
ip route add 10.98.0.0/16 via 172.17.0.9 proto 201
ip rule add pref 500 from 10.99.0.0/16 lookup 100 proto 66
ip netns add foreign
nft -f - <<'N'
table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
		iifname "docker0" accept
	}
}
table inet small {
	chain theirs {
		type filter hook input priority filter; policy accept;
	}
}
table inet firewalld {
	chain x {
		accept
	}
}
N
sysctl -qw net.ipv4.conf.docker0.rp_filter=2 net.ipv4.ip_forward=1
`;
  await host.run('sh', '-c', setup);
}
