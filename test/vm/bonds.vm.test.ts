/** Bonds, and somebody else's VLAN-aware bridges: what only a kernel with both can show. */
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

interface Wanted {
  readonly model: Model;
  readonly host: Host;
}

const apply = async ({ model, host }: Wanted): Promise<void> => {
  await machine.change(model, host);
  expect(stepLines(await machine.plan(model, host))).toEqual([]);
};
const destroy = async ({ host }: Wanted): Promise<void> => {
  await machine.change(undefined, host);
  expect(stepLines(await machine.plan(undefined, host))).toEqual([]);
};
const changes = async ({ model, host }: Wanted): Promise<readonly string[]> =>
  (await machine.plan(model, host)).steps.map(
    ({ action, resource, fields }) => `${action} ${resource} ${fields.map(({ field }) => field).join(',')}`,
  );
const bondOf = (): Readonly<Record<string, unknown>> => {
  const [link] = JSON.parse(machine.sh('ip -d -j link show dev bond0')) as readonly [
    { readonly address: string; readonly linkinfo: { readonly info_data: Readonly<Record<string, unknown>> } },
  ];
  return { ...link.linkinfo.info_data, address: link.address };
};

/** Other MTUs, and one port up: what is given back is what was there. */
const OTHERWISE = `
  echo 1 > /proc/sys/net/ipv6/conf/eno2/disable_ipv6
  ip link set dev eno1 mtu 3000
  ip link set dev eno2 up`;

/** The other end of both ports is a switch that knows nothing of bonds, with somebody behind it. */
const SWITCH = `
  ip netns add switch
  ip link set dev wire1 netns switch
  ip link set dev wire2 netns switch
  ip -n switch link add sw0 type bridge stp_state 0
  ip -n switch link set dev wire1 master sw0 up
  ip -n switch link set dev wire2 master sw0 up
  ip -n switch link set dev sw0 up`;

describe('a bond', () => {
  const BRIDGED = (bond: string) => `
networks: { lan: { vlan: 5, subnet: 10.0.0.0/24 }, app: { vlan: 6, subnet: 10.0.6.0/24 } }
hosts:
  gw-x:
    access: local
    bonds: { bond0: { ports: [eno1, eno2], ${bond} } }
    bridges: { br0: { ports: [bond0] } }
    nics: { lan: 10.0.0.1, app: 10.0.6.1 }
`;
  const BACKUP = BRIDGED('mode: active-backup, primary: eno1');

  test('is made, carries VLANs, lives on without a port, and gives its ports back as they were', async () => {
    machine.sh(OTHERWISE);
    const before = picture(machine);
    const topology = compiled(BACKUP);
    await apply(topology);
    const { address } = bondOf();
    expect(bondOf()).toMatchObject({ mode: 'active-backup', miimon: 100, primary: 'eno1', active_slave: 'eno1' });
    expect(machine.sh('bridge -c=never vlan show dev bond0')).toMatch(/bond0 +5\s+6\s/);
    machine.sh(`${SWITCH}
      ip -n switch link add link sw0 name far type vlan id 5
      ip -n switch link set dev far up
      ip -n switch addr add 10.0.0.9/24 dev far
      ping -c 1 -W 10 10.0.0.9
      ip -n switch link set dev wire1 down
      while ip -d link show dev bond0 | grep -q 'active_slave eno1'; do sleep 0.1; done
      ping -c 1 -W 10 10.0.0.9`);
    expect(bondOf()).toMatchObject({ active_slave: 'eno2', address });
    // A lost port is no drift: nothing that anybody set has changed.
    expect(await changes(topology)).toEqual([]);
    machine.sh(`
      for wire in wire1 wire2; do
        ip -n switch link set dev $wire netns $$
        echo 1 > /proc/sys/net/ipv6/conf/$wire/disable_ipv6
        ip link set dev $wire up
      done
      ip netns del switch`);
    await destroy(topology);
    expect(picture(machine)).toBe(before);
  });

  test('is put right: another hash and primary in place, another mode by making it anew with the same ports', async () => {
    const xor = compiled(BRIDGED('mode: balance-xor'));
    await apply(xor);
    expect(bondOf()).toMatchObject({ mode: 'balance-xor', xmit_hash_policy: 'layer2+3' });
    const { address } = bondOf();
    const hashed = compiled(BRIDGED('mode: balance-xor, hash: layer3+4'));
    expect(await changes(hashed)).toEqual(['change bond:bond0 hash']);
    await apply(hashed);
    const lacp = compiled(BRIDGED('mode: 802.3ad, hash: layer3+4'));
    const made = await machine.change(lacp.model, lacp.host);
    expect(stepLines(await machine.plan(lacp.model, lacp.host))).toEqual([]);
    expect(bondOf()).toMatchObject({ mode: '802.3ad', ad_lacp_rate: 'fast', xmit_hash_policy: 'layer3+4', address });
    expect(machine.sh('ip -o link show master bond0').trim().split('\n')).toHaveLength(2);
    expect(await undoSteps(machine.session, made.steps, made.steps.length)).toEqual([]);
    expect(await changes(hashed)).toEqual([]);
    await apply(compiled(BACKUP));
    await apply(compiled(BRIDGED('mode: active-backup, primary: eno2')));
    await apply(compiled(BRIDGED('mode: active-backup')));
    expect(bondOf()).toMatchObject({ mode: 'active-backup', address });
    expect(bondOf()).not.toHaveProperty('primary');
  });

  test('is found changed, and put right in place', async () => {
    const topology = compiled(BACKUP);
    await apply(topology);
    machine.sh('ip link set dev bond0 type bond miimon 200; ip link set dev eno2 nomaster');
    expect(await changes(topology)).toEqual(
      expect.arrayContaining(['change bond:bond0 miimon', expect.stringContaining('change port:eno2 bond')]),
    );
    await apply(topology);
    machine.sh('ip link set dev bond0 nomaster; ip link set dev bond0 address 02:00:00:00:0f:0f');
    await apply(topology);
    machine.sh('ip link del dev bond0');
    await apply(topology);
  });

  test('is taken back from wherever it stopped', async () => {
    machine.sh(OTHERWISE);
    const before = picture(machine);
    const topology = compiled(BACKUP);
    const { steps } = await machine.change(topology.model, topology.host);
    expect(await undoSteps(machine.session, steps, steps.length)).toEqual([]);
    expect(picture(machine)).toBe(before);
    const removal = await (async () => {
      await apply(topology);
      return machine.change(undefined, topology.host);
    })();
    expect(await undoSteps(machine.session, removal.steps, removal.steps.length)).toEqual([]);
    expect(await changes(topology)).toEqual([]);
  });

  test('is a NIC by itself, with the MAC that is written', async () => {
    const before = picture(machine);
    const topology = compiled(`
networks: { lan: { subnet: [10.0.0.0/24, "2001:db8::/64"], mtu: 2000 } }
hosts:
  gw-x:
    access: local
    bonds: { bond0: { ports: [eno1, eno2] } }
    nics: { lan: { address: [10.0.0.1, "2001:db8::1"], port: bond0, mac: "02:00:00:00:00:77" } }
`);
    await apply(topology);
    expect(bondOf()).toMatchObject({ mode: 'active-backup', address: '02:00:00:00:00:77' });
    machine.sh(`${SWITCH}
      for link in wire1 wire2 sw0; do ip -n switch link set dev $link mtu 2000; done
      ip -n switch addr add 10.0.0.9/24 dev sw0
      ip -n switch addr add 2001:db8::9/64 dev sw0 nodad
      while ip -6 addr show dev bond0 tentative | grep -q inet6; do sleep 0.1; done
      ping -c 1 -W 10 -M do -s 1972 10.0.0.9
      ping -c 1 -W 10 2001:db8::9
      for wire in wire1 wire2; do
        ip -n switch link set dev $wire netns $$
        echo 1 > /proc/sys/net/ipv6/conf/$wire/disable_ipv6
        ip link set dev $wire mtu 1500 up
      done
      ip netns del switch`);
    await destroy(topology);
    expect(picture(machine)).toBe(before);
  });
});

describe("somebody else's bridge that filters VLANs", () => {
  const MADE = `
    echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
    echo 1 > /proc/sys/net/ipv6/conf/eno1/disable_ipv6
    ip link add vmbr0 type bridge vlan_filtering 1 stp_state 0
    ip link set dev eno1 master vmbr0
    ip link set dev eno1 up
    ip link set dev vmbr0 up
    bridge vlan add dev eno1 vid 30
    bridge vlan add dev eno1 vid 5
    bridge vlan add dev vmbr0 vid 30 self`;
  // Stands in for the tap of a machine: there is no /dev/net/tun here.
  const TAP = 'ip link add vnet3 type veth peer name vm3';
  const EXISTING = (vlan: number) => `
networks: { lan: { vlan: 5, subnet: 10.0.0.0/24 }, app: { vlan: ${String(vlan)}, subnet: 10.0.6.0/24 } }
hosts:
  gw-x:
    access: local
    bridges: { vmbr0: { existing: true, ports: [eno1, { eno2: { fabric: second } }] } }
    nics: { lan: 10.0.0.1 }
guests:
  web: { on: gw-x, nics: { app: 10.0.6.10 } }
  old: { on: gw-x, nics: { app: { address: 10.0.6.11, port: vnet3 } } }
`;

  test('gets our VLANs and ports, keeps its own, and is left as it was', async () => {
    machine.sh(`${MADE}
      ${TAP}`);
    const before = picture(machine);
    const topology = compiled(EXISTING(6));
    await apply(topology);
    const vlans = machine.sh("bridge -j vlan show | tr -d ' \\n'");
    expect(vlans).toContain(
      '{"ifname":"eno1","vlans":[{"vlan":1,"flags":["PVID","EgressUntagged"]},{"vlan":5},{"vlan":6},{"vlan":30}]}',
    );
    expect(vlans).toContain('{"ifname":"eno2","vlans":[{"vlan":5},{"vlan":6}]}');
    expect(vlans).toContain('{"ifname":"vnet3","vlans":[{"vlan":6,"flags":["PVID","EgressUntagged"]}]}');
    expect(vlans).toMatch(/\{"ifname":"pweb-[a-z0-9]+","vlans":\[\{"vlan":6,"flags":\["PVID","EgressUntagged"\]\}\]\}/);
    expect(vlans).toContain(
      '{"ifname":"vmbr0","vlans":[{"vlan":1,"flags":["PVID","EgressUntagged"]},{"vlan":5},{"vlan":30}]}',
    );
    machine.sh(`
      ip netns add far
      ip link set dev wire1 netns far
      ip -n far link set dev wire1 up
      ip -n far link add link wire1 name v5 type vlan id 5
      ip -n far link set dev v5 up
      ip -n far addr add 10.0.0.9/24 dev v5
      ping -c 1 -W 10 10.0.0.9
      ip -n far link del dev v5
      ip -n far link set dev wire1 netns $$
      echo 1 > /proc/sys/net/ipv6/conf/wire1/disable_ipv6
      ip link set dev wire1 up
      ip netns del far`);
    // What its owner does with other VLANs meanwhile is the owner's business, before and after.
    machine.sh('bridge vlan add dev eno1 vid 99; bridge vlan del dev eno1 vid 6');
    expect(await changes(topology)).toEqual(['change membership:eno1/6 member']);
    await apply(compiled(EXISTING(7)));
    expect(machine.sh("bridge -j vlan show dev eno1 | tr -d ' \\n'")).toContain(
      '{"vlan":5},{"vlan":7},{"vlan":30},{"vlan":99}',
    );
    machine.sh('bridge vlan del dev eno1 vid 99');
    await destroy(topology);
    expect(picture(machine)).toBe(before);
  });

  test('is taken back from where it stopped', async () => {
    machine.sh(`${MADE}
      ${TAP}`);
    const before = picture(machine);
    const { model, host } = compiled(EXISTING(7));
    const { steps } = await machine.change(model, host);
    expect(await undoSteps(machine.session, steps, steps.length)).toEqual([]);
    expect(picture(machine)).toBe(before);
  });

  test.each([
    ['ip link add vmbr0 type bridge; ip link set dev vmbr0 up', EXISTING(6), 'vmbr0 does not filter VLANs'],
    [
      MADE,
      `
networks: { lan: { subnet: 10.0.0.0/24 } }
hosts: { gw-x: { access: local, bridges: { vmbr0: { existing: true } }, nics: { lan: 10.0.0.1 } } }
`,
      'vmbr0 filters VLANs',
    ],
    [`${MADE}; bridge vlan add dev eno1 vid 5 pvid untagged`, EXISTING(6), 'On eno1 VLAN 5 of vmbr0 is without a tag'],
  ])('%s is named as an obstacle where it does not fit', async (clutter, yaml, detail) => {
    machine.sh(`${clutter}
      ${TAP}`);
    const { model, host } = compiled(yaml);
    expect((await machine.plan(model, host)).obstacles.map((each) => each.detail)).toEqual([
      expect.stringContaining(detail),
    ]);
  });
});
