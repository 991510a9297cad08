/**
 * What the virtual machine is for: a stock kernel that does what the machine outside may not. One shell script a test, because a
 * process costs a tenth of a second here.
 */
import { spawnSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';

const NAMESPACES = ['vm-switch', 'vm-a', 'vm-b', 'vm-c'];

function shell(script: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-e', '-s'], { input: script, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return stdout;
}

afterEach(() => {
  const left = NAMESPACES.map((name) => `if [ -e /run/netns/${name} ]; then ip netns del ${name}; fi\n`);
  shell(left.join(''));
});

test('a bridge keeps 802.1Q networks apart, and a trunk carries their tags', () => {
  const answers = shell(`
    ip -batch - <<'.'
netns add vm-switch
netns add vm-a
netns add vm-b
.
    ip -n vm-switch -batch - <<'.'
link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0
link add to-a type veth peer name eth0 netns vm-a
link add to-b type veth peer name eth0 netns vm-b
link set to-a master br0 up
link set to-b master br0 up
link set br0 up
.
    ip -n vm-a -batch - <<'.'
link set dev eth0 up
address add 10.0.10.1/24 dev eth0
address add 10.0.20.1/24 dev eth0
.
    ip -n vm-b -batch - <<'.'
link set dev eth0 up
link add link eth0 name eth0.10 type vlan id 10
link add link eth0 name eth0.20 type vlan id 20
address add 10.0.10.2/24 dev eth0.10
address add 10.0.20.2/24 dev eth0.20
link set dev eth0.10 up
link set dev eth0.20 up
.
    bridge -n vm-switch -batch - <<'.'
vlan add dev to-a vid 10 pvid untagged
vlan add dev to-b vid 10
vlan add dev to-b vid 20
.
    ask() { if ip netns exec vm-a ping -n -q -c 1 -W 3 "$1" >/dev/null; then echo "$1 answers"; else echo "$1 is silent"; fi; }
    ask 10.0.10.2
    ask 10.0.20.2
  `);
  expect(answers).toBe('10.0.10.2 answers\n10.0.20.2 is silent\n');
});

test('nft translates addresses in an inet table', () => {
  const counters = shell(`
    ip -batch - <<'.'
netns add vm-a
netns add vm-b
netns add vm-c
.
    ip -n vm-b -batch - <<'.'
link add in type veth peer name eth0 netns vm-a
link add out type veth peer name eth0 netns vm-c
.
    ip -n vm-a -batch - <<'.'
link set dev eth0 up
.
    ip -n vm-b -batch - <<'.'
link set dev in up
link set dev out up
.
    ip -n vm-c -batch - <<'.'
link set dev eth0 up
.
    ip -n vm-a -batch - <<'.'
address add 10.0.1.2/24 dev eth0
.
    ip -n vm-b -batch - <<'.'
address add 10.0.1.1/24 dev in
address add 192.0.2.1/24 dev out
.
    ip -n vm-c -batch - <<'.'
address add 192.0.2.2/24 dev eth0
.
    ip -n vm-a -batch - <<'.'
route add default via 10.0.1.1
.
    ip netns exec vm-b sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
    ip netns exec vm-b nft -f - <<'.'
table inet t {
  chain out { type nat hook postrouting priority srcnat; oifname "out" masquerade; }
}
.
    ip netns exec vm-c nft -f - <<'.'
table inet t {
  chain seen { type filter hook input priority 0; ip saddr 192.0.2.1 counter; ip saddr 10.0.1.2 counter; }
}
.
    ip netns exec vm-a ping -n -q -c 2 -W 3 192.0.2.2 >/dev/null
    ip netns exec vm-c nft list chain inet t seen | sed -n 's/.*saddr \\(.*\\) counter packets \\([0-9]*\\).*/\\1 \\2/p'
  `);
  expect(counters).toBe('192.0.2.1 2\n10.0.1.2 0\n');
});

test('every sort of link that topologies may use can be made', () => {
  const kinds = shell(`
    ip -batch - <<'.'
netns add vm-a
.
    ip -n vm-a -batch - <<'.'
link add dummy9 type dummy
link add bond9 type bond mode 802.3ad
link add vrf9 type vrf table 1009
link add wg9 type wireguard
link add vx9 type vxlan id 9 dstport 4789 local 127.0.0.1
link add mac9 link dummy9 type macvlan
.
    ip -n vm-a -j -d link
  `);
  const links = JSON.parse(kinds) as readonly { readonly linkinfo?: { readonly info_kind?: string } }[];
  const made = links.flatMap(({ linkinfo }) => linkinfo?.info_kind ?? []).toSorted();
  expect(made).toEqual(['bond', 'dummy', 'macvlan', 'vrf', 'vxlan', 'wireguard']);
});
