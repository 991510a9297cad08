/** What a topology borrows of a host: bridges of somebody else, ports without a bridge, the interfaces of existing machines. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Host, Model } from '../../server/flow/model.ts';
import { undoSteps } from '../../server/run/execute.ts';
import { openMachine, stepLines } from '../kinds/support/machine.ts';
import type { Machine } from '../kinds/support/machine.ts';
import { picture } from '../kinds/support/picture.ts';
import { compiled } from '../kinds/support/topology.ts';

let machine: Machine;

beforeEach(async () => {
  machine = await openMachine();
});

afterEach(async () => {
  await machine.close();
});

const apply = async ({ model, host }: { model: Model; host: Host }): Promise<void> => {
  await machine.change(model, host);
  expect(stepLines(await machine.plan(model, host))).toEqual([]);
};
const destroy = async (host: Host): Promise<void> => {
  await machine.change(undefined, host);
  expect(stepLines(await machine.plan(undefined, host))).toEqual([]);
};
const obstacles = async (yaml: string): Promise<readonly string[]> => {
  const { model, host } = compiled(yaml);
  return (await machine.plan(model, host)).obstacles.map(({ resource, detail }) => `${resource}: ${detail}`);
};

describe('a bridge that somebody else made', () => {
  const MADE = `
    ip link add vmbr0 type bridge stp_state 0
    ip link set dev eno2 master vmbr0
    ip link set dev eno2 up
    ip link set dev vmbr0 up
    ip addr add 10.0.0.1/24 dev vmbr0
    ip -6 addr add 2001:db8::1/64 dev vmbr0 nodad
    while ip -6 addr show tentative | grep -q inet6; do sleep 0.1; done`;
  const EXISTING = `
networks: { lan: { subnet: [10.0.0.0/24, "2001:db8::/64"] } }
hosts:
  gw-x:
    access: local
    bridges: { vmbr0: { existing: true, ports: [eno2, { eno1: { fabric: second } }] } }
    nics: { lan: [10.0.0.1, 10.0.0.2, "2001:db8::2"] }
guests:
  web: { on: gw-x, nics: { lan: 10.0.0.10 } }
`;

  test('gets ports and addresses of ours and nothing else, and is left as it was', async () => {
    machine.sh(MADE);
    const before = picture(machine);
    const bridge = () => machine.sh('ip -d -o link show dev vmbr0').replace(/ *\\.*|[a-z_]*timer +[0-9.]+/g, '');
    const alone = bridge();
    const topology = compiled(EXISTING);
    await apply(topology);
    expect(bridge()).toBe(alone);
    const free = machine.sh("ip -o link show | sed -nE 's/^[0-9]+: (web-[a-z0-9]+)@.*/\\1/p'").trim();
    machine.sh(`
      ip netns add web
      ip link set dev ${free} netns web name eth0
      ip -n web link set dev eth0 up
      ip -n web addr add 10.0.0.10/24 dev eth0
      ip netns exec web ping -c 1 -W 5 10.0.0.2
      ip netns exec web ping -c 1 -W 5 10.0.0.1
      ip netns add there
      ip link set dev wire1 netns there
      ip -n there link set dev wire1 up
      ip -n there addr add 10.0.0.77/24 dev wire1
      ip netns exec there ping -c 1 -W 5 10.0.0.10
      ip -n there link set dev wire1 netns $$
      echo 1 > /proc/sys/net/ipv6/conf/wire1/disable_ipv6
      ip link set dev wire1 up
      ip netns del there
      ip -n web link del dev eth0
      ip netns del web`);
    await destroy(topology.host);
    expect(picture(machine)).toBe(before);
  });

  test('an address of ours on it that is gone is drift, one of somebody else is theirs', async () => {
    machine.sh(MADE);
    const topology = compiled(EXISTING);
    await apply(topology);
    machine.sh('ip addr del 10.0.0.2/24 dev vmbr0; ip addr add 10.0.0.99/24 dev vmbr0; ip link set dev eno2 mtu 9000');
    expect(stepLines(await machine.plan(topology.model, topology.host))).toEqual([
      'change address:vmbr0/10.0.0.2/24 [{"field":"present","expected":true,"found":false}]',
    ]);
    await apply(topology);
    await destroy(topology.host);
    const left = machine.sh('ip -o -4 addr show dev vmbr0');
    expect(left).toContain('10.0.0.1/24');
    expect(left).toContain('10.0.0.99/24');
    expect(left).not.toContain('10.0.0.2/24');
    expect(machine.sh('ip -o link show dev eno2')).toContain('master vmbr0');
  });

  test('a run that is taken back at any step leaves it as it was', async () => {
    machine.sh(MADE);
    const before = picture(machine);
    const { model, host } = compiled(EXISTING);
    const { steps } = await machine.change(model, host);
    expect(await undoSteps(machine.session, steps, steps.length)).toEqual([]);
    expect(picture(machine)).toBe(before);
  });

  test.each([
    ['true', 'There is no bridge vmbr0 on this host'],
    ['ip link add vmbr0 type veth peer name v', 'vmbr0 is not a bridge'],
    ['ip link add vmbr0 type bridge', 'vmbr0 is down'],
    [
      'ip link add vmbr0 mtu 1400 type bridge; ip link set dev vmbr0 mtu 1300 up',
      'vmbr0 carries packets of 1300 bytes',
    ],
    [
      'ip link add vmbr0 type bridge; ip link set dev vmbr0 up alias trunkline:1:other:bridge:vmbr0',
      'vmbr0 was made for topology other',
    ],
    ['ip link add hill type bridge; ip link property add dev hill altname vmbr0', 'vmbr0 is an alternative name'],
  ])('%s: is named as an obstacle', async (clutter, detail) => {
    machine.sh(clutter);
    expect((await obstacles(EXISTING)).filter((each) => each.startsWith('bridge:vmbr0'))).toEqual([
      expect.stringContaining(detail),
    ]);
  });
});

describe('the interface of an existing machine', () => {
  const TAP = `
networks: { lan: { subnet: 10.0.0.0/24, mtu: 1600 } }
hosts:
  gw-x: { access: local, bridges: { br0: {} }, nics: { lan: 10.0.0.1 } }
guests:
  web: { on: gw-x, nics: { lan: { address: 10.0.0.10, port: vnet3 } } }
`;

  test('is put into the bridge and given back as it was', async () => {
    // A pair stands in for a tap that has its machine behind it; the other one is a tap.
    machine.sh(`
      ip netns add vm
      ip link add vnet3 type veth peer name eth0 netns vm
      ip netns exec vm sh -c 'echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6'
      ip -n vm link set dev eth0 mtu 1600 up
      ip -n vm addr add 10.0.0.10/24 dev eth0`);
    const before = picture(machine);
    const topology = compiled(TAP);
    await apply(topology);
    machine.sh('ip netns exec vm ping -c 1 -W 5 -M do -s 1572 10.0.0.1');
    expect(machine.sh('ip -o link show dev vnet3')).toMatch(/mtu 1600.*master br0/);
    expect(machine.sh('ip -o link show type veth')).not.toMatch(/pweb|web-/);
    machine.sh('ip link set dev vnet3 nomaster');
    await apply(topology);
    await destroy(topology.host);
    expect(picture(machine)).toBe(before);
  });

  test('is a tap as well, and has to be there', async () => {
    expect(await obstacles(TAP)).toEqual([expect.stringContaining('There is no interface vnet3 on this host')]);
    machine.sh('ip tuntap add dev vnet3 mode tap');
    const before = picture(machine);
    const topology = compiled(TAP);
    await apply(topology);
    expect(machine.sh('ip -o link show dev vnet3')).toContain('master br0');
    await destroy(topology.host);
    expect(picture(machine)).toBe(before);
    machine.sh('ip link add virbr0 type bridge; ip link set dev vnet3 master virbr0');
    expect(await obstacles(TAP)).toEqual([expect.stringContaining('vnet3 is a port of virbr0, which is not ours')]);
  });
});

describe('a port without a bridge', () => {
  const BARE = (options: string) => `
networks: { wan: { subnet: [10.0.0.0/24, "2001:db8::/64"], mtu: 9000 } }
hosts:
  gw-x: { access: local, nics: { wan: { address: [10.0.0.1, "2001:db8::1"], port: eno1${options} } } }
`;

  test('has the addresses, carries a full packet, and is given back as it was', async () => {
    const before = picture(machine);
    const topology = compiled(BARE(''));
    await apply(topology);
    machine.sh(`
      ip netns add there
      ip link set dev wire1 netns there
      ip -n there link set dev wire1 mtu 9000 up
      ip -n there addr add 10.0.0.9/24 dev wire1
      ip -n there addr add 2001:db8::9/64 dev wire1 nodad
      while ip -6 addr show dev eno1 tentative | grep -q inet6; do sleep 0.1; done
      ip netns exec there ping -c 1 -W 5 -M do -s 8972 10.0.0.1
      ip netns exec there ping -c 1 -W 5 -M do -s 8952 2001:db8::1
`);
    expect(() => machine.sh('ping -c 1 -W 5 -M do -s 8973 10.0.0.9')).toThrow();
    await destroy(topology.host);
    expect(machine.sh('ip -o addr show dev eno1')).toBe('');
    expect(machine.sh('ip -o link show dev eno1')).toMatch(/<BROADCAST,MULTICAST.*mtu 1500/);
    expect(before).toMatch(/eno1.*mtu 1500/);
  });

  test.each([
    ['ip addr add 10.9.9.9/24 dev eno1', 'eno1 carries addresses (10.9.9.9/24)'],
    ['ip link set dev eno1 up; ip route add 10.8.0.0/16 dev eno1', 'eno1 carries routes (10.8.0.0/16)'],
  ])('%s: takeover would have to move it, which needs a confirmed apply', async (clutter, detail) => {
    machine.sh(clutter);
    const without = await obstacles(BARE(''));
    expect(without).toEqual([expect.stringContaining(`${detail}, which would be cut off`)]);
    const [asked, ...others] = await obstacles(BARE(', takeover: true'));
    expect(others).toEqual([]);
    expect(asked).toContain(`${detail}, and \`takeover\` needs a confirmed apply`);
  });

  test('where nothing has to be moved, takeover changes nothing', async () => {
    const plain = compiled(BARE(''));
    await apply(plain);
    await apply(compiled(BARE(', takeover: true')));
    await destroy(plain.host);
  });
});

describe('the MTU of a network', () => {
  const NETWORKS = (lan: number) => `
networks:
  lan: { subnet: 10.0.0.0/24, mtu: ${String(lan)} }
  far: { transport: vxlan, vni: 7, underlay: lan, subnet: 10.9.0.0/24 }
hosts:
  gw-x: { access: local, bridges: { br0: { ports: [eno1] } }, nics: { lan: 10.0.0.1, far: 10.9.0.1 } }
  gw-y: { access: ssh://root@gw-y, bridges: { br0: { ports: [eno1] } }, nics: { lan: 10.0.0.2, far: 10.9.0.2 } }
`;
  const mtus = () =>
    machine.sh("ip -o link show | sed -nE 's/^[0-9]+: ([a-z0-9-]+)[@:].* mtu ([0-9]+).*/\\1 \\2/p' | sort");

  test('a packet that fills it passes and a larger one does not, in VXLAN too', async () => {
    const topology = compiled(NETWORKS(4000));
    await apply(topology);
    machine.sh(`
      ip netns add there
      ip link set dev wire1 netns there
      ip -n there link set dev wire1 mtu 4000 up
      ip -n there addr add 10.0.0.2/24 dev wire1
      ip -n there link add vx type vxlan id 7 local 10.0.0.2 remote 10.0.0.1 dev wire1 dstport 4789
      ip -n there link set dev vx mtu 3950 up
      ip -n there addr add 10.9.0.2/24 dev vx
      ping -c 1 -W 5 -M do -s 3972 10.0.0.2
      ping -c 1 -W 5 -M do -s 3922 10.9.0.2`);
    expect(() => machine.sh('ping -c 1 -W 1 -M do -s 3973 10.0.0.2')).toThrow();
    expect(() => machine.sh('ping -c 1 -W 1 -M do -s 3923 10.9.0.2')).toThrow();
  });

  test('grows and shrinks in place, and each way is undone', async () => {
    const [small, large] = [compiled(NETWORKS(2000)), compiled(NETWORKS(6000))];
    await apply(small);
    const before = mtus();
    const grown = await machine.change(large.model, large.host);
    const after = mtus();
    expect(after).toContain('br0 6000');
    expect(grown.steps.every(({ action }) => action === 'change')).toBe(true);
    expect(await undoSteps(machine.session, grown.steps, grown.steps.length)).toEqual([]);
    expect(mtus()).toBe(before);
    await apply(large);
    const shrunk = await machine.change(small.model, small.host);
    expect(mtus().replace('eno1 6000', 'eno1 2000')).toBe(before);
    expect(await undoSteps(machine.session, shrunk.steps, shrunk.steps.length)).toEqual([]);
    expect(mtus()).toBe(after);
  });
});
