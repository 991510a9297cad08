/**
 * Every kind on a real kernel, through the planner and the executor: what is made is found again as it was wanted, made
 * again from whatever a cut-off run left, and removed without a trace.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Host, Model } from '../../server/flow/model.ts';
import { routingTables, rulePriorities } from '../../server/flow/mark.ts';
import type { HostPlan } from '../../server/flow/plan.ts';
import { executeSteps, undoSteps } from '../../server/run/execute.ts';
import { openMachine, stepLines } from '../kinds/support/machine.ts';
import type { Machine } from '../kinds/support/machine.ts';
import { everything } from '../kinds/support/model.ts';
import { picture as pictureOf } from '../kinds/support/picture.ts';

const { model, host } = everything(false);
const { bySource, byMark } = rulePriorities('shop');
const TABLE = String(routingTables('shop').first + 1);

let machine: Machine;

beforeEach(async () => {
  machine = await openMachine();
});

afterEach(async () => {
  await machine.close();
});

const plan = (of: Model | undefined, on: Host = host): Promise<HostPlan> => machine.plan(of, on);
const apply = (of: Model | undefined, on: Host = host): Promise<HostPlan> => machine.change(of, on);
const left = async (of: Model | undefined, on: Host = host): Promise<readonly string[]> =>
  stepLines(await plan(of, on));

const picture = (): string => pictureOf(machine);

describe('everything at once', () => {
  test('is made, is found as it was wanted, and goes without a trace', async () => {
    const before = picture();
    await apply(model);
    expect(await left(model)).toEqual([]);
    expect(machine.sh('cat /run/trunkline/borrowed/shop.json')).toContain('"port:eno1"');
    await apply(undefined);
    expect(await left(undefined)).toEqual([]);
    expect(picture()).toBe(before);
  });

  test('is taken back step by step to what was there before, from wherever it stopped', async () => {
    const before = picture();
    const made = await plan(model);
    for (let count = 0; count <= made.steps.length; count += 7) {
      expect((await executeSteps(machine.session, made.steps.slice(0, count))).failure).toBeNull();
      expect(await undoSteps(machine.session, made.steps, count), `after ${String(count)} steps`).toEqual([]);
      expect(picture(), `after ${String(count)} steps`).toBe(before);
    }
  });

  test('a run that was cut off anywhere is finished by the next', async () => {
    const made = await plan(model);
    const lines = made.steps.flatMap((step) => step.commands.map((command) => ({ step, command })));
    for (let count = 1; count < lines.length; count += 6) {
      const cut = lines.slice(0, count).map(({ step, command }) => ({ ...step, commands: [command] }));
      expect((await executeSteps(machine.session, cut)).failure).toBeNull();
      await apply(model);
      expect(await left(model), `cut after ${String(count)} commands`).toEqual([]);
      await apply(undefined);
    }
  });

  test('what is removed can be put back as it was', async () => {
    await apply(model);
    const standing = picture();
    const removal = await plan(undefined);
    expect((await executeSteps(machine.session, removal.steps)).failure).toBeNull();
    expect(await undoSteps(machine.session, removal.steps, removal.steps.length)).toEqual([]);
    expect(await left(model)).toEqual([]);
    expect(picture()).toBe(standing);
  });
});

describe('on the wire', () => {
  test('bridge, guest and gateway carry packets, IPv6 is where a network has it and nowhere else', async () => {
    await apply(model);
    machine.sh(`
      ip netns add web
      ip link set dev web-shop netns web
      ip -n web link set dev web-shop up
      ip -n web addr add 10.1.1.10/24 dev web-shop
      ip netns add router
      ip link add up0 master br-wan up type veth peer name up1 netns router
      ip -n router link set dev up1 up
      ip -n router addr add 192.0.2.1/24 dev up1
      ip -n router addr add 2001:db8::1/64 dev up1 nodad
      ip -n router route add 10.1.1.0/24 via 192.0.2.11
      ip -n web route add default via 10.1.1.1
      ip netns exec web ping -c 1 -W 5 10.1.1.1
      ip netns exec web ping -c 1 -W 5 192.0.2.1
      ip netns exec router ping -c 1 -W 5 192.0.2.12
      ip netns exec router ping -c 1 -W 5 2001:db8::11`);
    expect(
      machine.sh('ip -6 addr show dev br0; ip -6 addr show dev pweb-shop; ip -n shop-vgw -6 addr show dev shop'),
    ).toBe('');
    // A guest has its end: nothing about it is looked at any more. Nor is a port that somebody else put into our bridge.
    expect(await left(model)).toEqual([]);
  });

  test('a guest cannot use the host as a router, nor reach its addresses through a bridge that has none', async () => {
    await apply(model);
    machine.sh(`
      ip netns add web
      ip link set dev web-shop netns web
      ip -n web link set dev web-shop up
      ip -n web addr add 10.1.1.10/24 dev web-shop
      ip -n web route add 10.0.20.0/24 dev web-shop
      ip -n web neigh add 10.0.20.11 lladdr 02:00:00:00:00:01 dev web-shop`);
    const ping = 'ip netns exec web ping -c 1 -W 1 10.0.20.11 >/dev/null && echo answers || echo silent';
    expect(machine.sh(ping)).toBe('silent\n');
    machine.sh('echo 0 > /proc/sys/net/ipv4/conf/br0/rp_filter; ip route add 10.1.1.0/24 dev br0');
    expect(machine.sh(ping)).toBe('answers\n');
  });

  test('a bridge keeps the MTU it was given when a smaller port joins', async () => {
    await apply(model);
    machine.sh('ip link add small mtu 1300 type veth peer name other; ip link set dev small master br0');
    expect(machine.sh('cat /sys/class/net/br0/mtu 2>/dev/null || ip -o link show dev br0')).toContain('1500');
    expect(await left(model)).toEqual([]);
  });
});

describe('what is not ours', () => {
  const CLUTTER = `
    ip link add 'a;b' type bridge
    ip link add 'x$(id)' type veth peer name '-y'
    ip link add docker0 alias 'trunkline:1:other:bridge:docker0' type bridge
    ip link set dev docker0 alias 'trunkline:1:other:bridge:docker0' up
    ip addr add 172.17.0.1/16 dev docker0
    ip link add vx9 type vxlan id 9 dstport 4789 local 127.0.0.1
    ip netns add blue
    ip route add 198.51.100.0/24 via 172.17.0.9 proto 201`;

  test('stays as it is through apply and removal', async () => {
    machine.sh(CLUTTER);
    const before = picture();
    const made = await apply(model);
    expect(JSON.stringify(made.steps)).not.toMatch(/docker0|a;b|\$\(id\)|vx9|blue/);
    await apply(undefined);
    expect(picture()).toBe(before);
  });

  test.each([
    ['ip link add br0 type bridge', 'bridge:br0', 'An interface br0 exists and is not ours'],
    ['ip link add d0 type bridge; ip link property add dev d0 altname br0', 'bridge:br0', 'the alternative name br0'],
    ['ip netns add shop-vgw; ip -n shop-vgw link set dev lo up', 'netns:shop-vgw', 'exists and is not ours'],
    [
      'ip link add v type vxlan id 5000 dstport 4789',
      'vxlan:vx-far',
      'VNI 5000 is already used by an interface that is not ours',
    ],
    ['ip addr add 10.9.9.9/24 dev eno1', 'port:eno1', 'eno1 carries addresses (10.9.9.9/24)'],
    ['ip link set dev eno1 up; ip route add 10.8.0.0/16 dev eno1', 'port:eno1', 'eno1 carries routes (10.8.0.0/16)'],
    [
      'ip link add lan type bridge; ip link set dev eno1 master lan',
      'port:eno1',
      'eno1 is a port of lan, which is not ours',
    ],
    ['ip link del eno1', 'port:eno1', 'There is no interface eno1 on this host'],
    [
      'ip link add hill type bridge; ip addr add 10.0.20.11/16 dev hill',
      'address:br-mgmt/10.0.20.11/24',
      'is already on hill, which is not ours',
    ],
    [
      'ip link add o type bridge; ip link set dev o alias trunkline:1:other:bridge:o; ip link set dev eno1 master o',
      'port:eno1',
      'eno1 is a port of o, which belongs to topology other',
    ],
    [
      `ip rule add pref ${String(bySource + 1)} from 10.0.0.0/8 lookup 99`,
      'rule:from-10.7.0.5',
      `rule with priority ${String(bySource + 1)} exists in this host and is not ours`,
    ],
    [
      'ip link add hill type bridge; ip addr add 172.17.0.1/16 dev hill; ip link set dev hill up; ip route add default via 172.17.0.9',
      'route:0.0.0.0/0',
      'A route to 0.0.0.0/0 exists in this host and is not ours',
    ],
    [
      'ip link add hill type bridge; ip link set dev hill alias trunkline:1:other:bridge:hill up; ip addr add 172.17.0.1/16 dev hill; ip route add default via 172.17.0.9 proto 201',
      'route:0.0.0.0/0',
      'A route to 0.0.0.0/0 exists in this host and is not ours',
    ],
  ])('%s: is named as an obstacle', async (clutter, resource, detail) => {
    machine.sh(clutter);
    const made = await plan(model);
    expect(made.obstacles.find((each) => each.resource === resource)?.detail).toContain(detail);
  });

  test('a mark of a newer format is refused, not guessed at', async () => {
    machine.sh('ip link add br0 type bridge; ip link set dev br0 alias trunkline:2:shop:bridge:br0');
    await expect(plan(model)).rejects.toMatchObject({ kind: 'observation' });
  });
});

describe('drift is found and put right in place', () => {
  test.each([
    ['ip link set dev br0 down', 'bridge:br0 up'],
    ['ip link set dev br0 address 02:00:00:00:0f:0f', 'bridge:br0 mac'],
    ['ip link set dev br0 type bridge stp_state 1', 'bridge:br0 stp'],
    ['ip link set dev br0 mtu 1400', 'bridge:br0 mtu'],
    ['ip link set dev br0 down; ip link set dev br0 name br9', 'bridge:br0 device,up'],
    ['ip link set dev pweb-shop nomaster', 'veth:pweb-shop bridge'],
    ['ip link set dev web-shop address 02:00:00:00:0f:0f', 'veth:pweb-shop peer'],
    ['ip -n shop-vgw link set dev shop down', 'veth:pvgw-shop peer'],
    ['ip -n shop-vgw addr del 10.1.1.1/24 dev shop', 'address:shop-vgw/shop/10.1.1.1/24 '],
    ['ip -n shop-vgw addr add 10.66.0.1/24 dev shop', 'address:shop-vgw/shop/10.66.0.1/24 '],
    ['ip -n shop-vgw route del default', 'route:shop-vgw/0.0.0.0/0 '],
    ['ip -n shop-vgw route replace default via 192.0.2.77 dev wan proto 201', 'route:shop-vgw/0.0.0.0/0 via'],
    ['ip -n shop-vgw -6 route replace default via 2001:db8::77 dev wan proto 201', 'route:shop-vgw/::/0 via'],
    ['ip route del 10.66.0.0/16', 'route:10.66.0.0/16 '],
    [`ip route del default table ${TABLE}`, `route:table-${TABLE}/0.0.0.0/0 `],
    [`ip rule del pref ${String(bySource)}`, 'rule:from-10.7.0.5 main'],
    [`ip -6 rule del pref ${String(bySource + 1)}`, 'rule:from-2001:db8:7::5 own'],
    [`ip rule add pref ${String(bySource + 1)} from 10.7.0.99 lookup ${TABLE} protocol 201`, 'rule:from-10.7.0.99 '],
    [`ip -n shop-vgw rule del pref ${String(byMark)}`, 'rule:shop-vgw/mark-1/4 main'],
    ['bridge fdb del 00:00:00:00:00:00 dev vx-far dst 10.0.20.12', 'vxlan:vx-far remotes'],
    ['bridge fdb append 00:00:00:00:00:00 dev vx-far dst 10.0.20.99', 'vxlan:vx-far remotes'],
    ['echo 0 > /proc/sys/net/ipv6/conf/br0/disable_ipv6', 'sysctl:net/ipv6/conf/br0/disable_ipv6 value'],
    [
      'ip netns exec shop-vgw sh -c "echo 0 >/proc/sys/net/ipv4/ip_forward"',
      'sysctl:shop-vgw/net/ipv4/ip_forward value',
    ],
    ['ip link set dev eno1 nomaster', 'port:eno1 bridge'],
    ['ip link set dev eno2 down', 'port:eno2 up'],
  ])('%s', async (change, expected) => {
    await apply(model);
    machine.sh(change);
    const made = await plan(model);
    const found = made.steps.map(({ resource, fields }) => `${resource} ${fields.map(({ field }) => field).join(',')}`);
    expect(found).toContain(expected);
    expect(made.steps.every(({ action }) => action !== 'replace')).toBe(true);
    await apply(model);
    expect(await left(model)).toEqual([]);
  });
});

describe('what cannot be changed is made anew', () => {
  test('another VNI', async () => {
    await apply(model);
    const other = { ...host, tunnels: host.tunnels.map((each) => ({ ...each, vni: 5001 })) };
    await apply(model, other);
    expect(machine.sh('ip -d link show dev vx-far')).toContain('vxlan id 5001');
    expect(await left(model, other)).toEqual([]);
  });

  test('the underlay of a tunnel moves to another bridge, and the one before goes', async () => {
    await apply(model);
    const rename = (device: string): string => (device === 'br-mgmt' ? 'br-adm' : device);
    const other: Host = {
      ...host,
      bridges: host.bridges.map((each) => ({ ...each, device: rename(each.device) })),
      nics: host.nics.map((each) =>
        each.on.type === 'bridge' ? { ...each, device: 'br-adm', on: { type: 'bridge', bridge: 'br-adm' } } : each,
      ),
      tunnels: host.tunnels.map((each) => ({ ...each, underlayDevice: 'br-adm' })),
    };
    await apply(model, other);
    expect(machine.sh('ip -d link show dev vx-far')).toContain('dev br-adm');
    expect(await left(model, other)).toEqual([]);
  });
});
