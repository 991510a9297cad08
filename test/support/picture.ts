import type { HostNamespace } from './host-namespace.ts';

/**
 * Everything that a host shows of itself, as text. Left out is what changes by itself or differs between two equal hosts:
 * ifindexes, port numbers, path costs, carrier (the kernel takes its time to notice), timers, addresses that the kernel draws at random, and the order that things were made in. Rules
 * are shown without the elements of their sets, which the kernel lists in the order it likes.
 */
export async function hostPicture(host: Pick<HostNamespace, 'run'>): Promise<string> {
  const text = await host.run(
    'sh',
    '-c',
    `show() {
       $1 ip -o -d link; $1 ip -o addr; $1 ip route show table all; $1 ip -6 route show table all
       $1 bridge fdb | grep permanent; $1 ip rule; $1 bridge -d vlan; $1 nft -st list ruleset
       $1 sh -c 'cd /proc/sys/net && grep -rs "" ipv4/conf ipv6/conf ipv4/ip_forward bridge'
     }
     ls -R /var/lib/trunkline /run/trunkline/borrowed 2>/dev/null; show ''
     for ns in $(ls /run/netns); do show "ip netns exec $ns" | sed "s/^/$ns /"; done`,
  );
  return text
    .split('\n')
    .filter((line) => !NOT_OURS.test(line))
    .map((line) => line.replace(VARYING, '').replace(MAC, '$1MAC'))
    .sort()
    .join('\n');
}

// A bridge that filters no VLANs keeps VLAN 1 on its ports for the day it does, or nothing, if it once did: it goes by neither.
const NOT_OURS =
  / 1 PVID Egress Untagged| vlan 1 |state forwarding mcast_router|stable_secret|33:33:|01:00:5e|fe80|ff00::/;
const VARYING =
  /NO-CARRIER,|\bstate (UP|DOWN|UNKNOWN|LOWERLAYERDOWN)|\blinkdown\b|,LOWER_UP|\d+: (?=[a-z])|@?if\d+|timer +[\d.]+|(link-netnsid|vlan_default_pvid|port_id|port_no|designated_port|tso_max_size|tso_max_segs|cost) \S+|link-netns \S+|@[a-z0-9-]+(?=:)/g;
const MAC = /(link\/ether |^(?:[a-z0-9-]+ )?)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/g;

/** Throws with the lines that differ. */
export function samePicture(found: string, expected: string, what = 'the host'): void {
  if (found === expected) return;
  const [here, there] = [found.split('\n'), expected.split('\n')];
  const only = (lines: readonly string[], others: readonly string[]): readonly string[] => {
    const left = new Map<string, number>();
    for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
    return lines.filter((line) => {
      const count = left.get(line) ?? 0;
      left.set(line, count - 1);
      return count <= 0;
    });
  };
  const lines = [...only(here, there).map((line) => `+ ${line}`), ...only(there, here).map((line) => `- ${line}`)];
  throw new Error(
    `${what} is not as it has to be (+ too much, - missing):\n${lines.slice(0, 60).join('\n') || 'the order of lines'}`,
  );
}
