/** Others who manage networks on the same host: what they do to ours, what we do to theirs, and what `status` says of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../../server/flow/model.ts';
import { apply, destroy, machinePicture, settled, status } from '../../support/disk-machine/answers.ts';
import type { DiskMachine } from '../../support/disk-machine/machine.ts';
import { openDiskMachine } from '../../support/disk-machine/machine.ts';
import { modelOf } from '../../support/topologies.ts';

let machine: DiskMachine;
let beside: Model;

beforeAll(async () => {
  beside = modelOf(await readFile(join(import.meta.dirname, 'beside.yaml'), 'utf8'));
  // eno1 is what our topology borrows; the other two are on one wire.
  machine = await openDiskMachine({ nics: { eno1: 'street', eno2: 'alley', eno3: 'alley' } });
});
afterAll(() => machine.close());

/** What somebody else has made of a NIC, with his rules and tables; ours go by their protocol and their names. */
async function theirs(device: string): Promise<string> {
  const text = await machine.sh(
    `ip -d link show dev "$1"; ip address show dev "$1"; ip route show dev "$1"; ip -6 route show dev "$1"
     ip rule | grep -v 'proto 201'; ip -6 rule | grep -v 'proto 201'
     for table in $(nft list tables | grep -v beside | cut -d' ' -f2,3 | tr ' ' ,); do nft -s list table $(echo $table | tr , ' '); done
     sysctl net.ipv4.ip_forward`,
    device,
  );
  return settled(text);
}

async function asWanted(): Promise<void> {
  expect(await status(machine, beside)).toMatchObject({ drift: [], foreign: [] });
}

describe('systemd-networkd', () => {
  const NETWORK = `[Match]
Name=eno2
[Network]
Address=198.51.100.2/24
Gateway=198.51.100.1
DHCP=no
LinkLocalAddressing=no
IPv6AcceptRA=no
[Route]
Destination=10.99.0.0/16
Gateway=198.51.100.9
[RoutingPolicyRule]
From=10.99.0.0/16
Table=77
Priority=500
`;
  const RESTART = `systemctl restart systemd-networkd
    /lib/systemd/systemd-networkd-wait-online --interface=eno2 --timeout=120`;

  afterEach(async () => {
    await machine.sh(`systemctl stop systemd-networkd.socket systemd-networkd.service
      rm -rf /etc/systemd/network/20-theirs.network /etc/systemd/networkd.conf.d
      ip address flush dev eno2; ip link set dev eno2 down addrgenmode eui64; ip rule delete pref 500 2>/dev/null || :`);
  });

  it('keeps what is its own through apply and destroy; a restart takes our rules, which `status` says, and apply mends', async () => {
    await machine.run(['tee', '/etc/systemd/network/20-theirs.network'], NETWORK);
    await machine.sh(RESTART);
    const [before, eno2] = [await machinePicture(machine), await theirs('eno2')];
    await apply(machine, beside);
    expect(await theirs('eno2')).toBe(eno2);
    await asWanted();

    await machine.sh(RESTART);
    // Since version 248 it removes rules that it has not made, unless it is told not to; see networkd.conf(5).
    expect(await status(machine, beside)).toMatchObject({
      drift: ['10.20.0.0/24', '10.77.0.0/16', '192.0.2.11', '192.0.2.21'].map((from) => `rule:from-${from} present`),
      foreign: [],
    });
    expect(await apply(machine, beside)).toBe('applied');
    await asWanted();
    expect(await theirs('eno2')).toBe(eno2);

    await machine.sh(`mkdir -p /etc/systemd/networkd.conf.d
      printf '[Network]\\nManageForeignRoutingPolicyRules=no\\nManageForeignRoutes=no\\n' >/etc/systemd/networkd.conf.d/theirs.conf`);
    await machine.sh(RESTART);
    await asWanted();

    await destroy(machine, beside);
    expect(await theirs('eno2')).toBe(eno2);
    expect(await machinePicture(machine)).toBe(before);
  });
});

describe('NetworkManager', () => {
  const CONNECTION = `[connection]
id=theirs
type=ethernet
interface-name=eno3
[ipv4]
method=manual
address1=198.51.100.3/24,198.51.100.1
[ipv6]
method=disabled
`;
  const leaveAlone = (devices: string): Promise<unknown> =>
    machine.run(
      ['tee', '/etc/NetworkManager/conf.d/theirs.conf'],
      `[keyfile]\nunmanaged-devices=${devices.replaceAll(/\w+/g, 'interface-name:$&')}\n`,
    );
  const RESTART = `systemctl restart NetworkManager; nmcli --wait 120 connection up theirs >/dev/null`;

  afterEach(async () => {
    await machine.sh(`systemctl stop NetworkManager
      rm -f /etc/NetworkManager/conf.d/theirs.conf /etc/NetworkManager/system-connections/*
      for nic in eno1 eno3; do ip address flush dev $nic; ip link set dev $nic down addrgenmode eui64; done`);
  });

  it('leaves alone what it is told to, and keeps what is its own', async () => {
    await machine.run(['tee', '/etc/NetworkManager/system-connections/theirs.nmconnection'], CONNECTION);
    await machine.sh('chmod 600 /etc/NetworkManager/system-connections/theirs.nmconnection');
    await leaveAlone('eno1;eno2');
    await machine.sh(RESTART);
    const [before, eno3] = [await machinePicture(machine), await theirs('eno3')];
    await apply(machine, beside);
    await asWanted();
    for (const disturbance of ['nmcli general reload', 'nmcli connection reload', RESTART]) {
      await machine.sh(disturbance);
      await asWanted();
      expect(await theirs('eno3')).toBe(eno3);
    }
    await destroy(machine, beside);
    expect(await theirs('eno3')).toBe(eno3);
    expect(await machinePicture(machine)).toBe(before);
  });

  it('takes a port of ours where nobody told it, which `status` says', async () => {
    await leaveAlone('eno2;eno3');
    await apply(machine, beside);
    // It makes a connection of its own for every NIC that has none, and asks for an address there.
    await machine.sh(`systemctl restart NetworkManager
      until nmcli -t -f DEVICE,STATE device | grep -q '^eno1:connecting'; do sleep 0.5; done`);
    expect(await status(machine, beside)).toMatchObject({
      drift: ['port:eno1 bridge', 'port:eno1 vlans'],
      foreign: [],
    });
    await machine.sh('systemctl stop NetworkManager');
    expect(await apply(machine, beside)).toBe('applied');
    await asWanted();
    await destroy(machine, beside);
  });
});

describe('libvirt', () => {
  /** A guest of its default network, as far as that network can tell, and somebody on the wire of eno2. */
  const SETUP = `
    systemctl start libvirtd
    virsh --quiet net-start default
    ip netns add guest
    ip link add name vnet9 type veth peer name eth0 netns guest
    ip link set dev vnet9 master virbr0 up
    ip -n guest link set dev eth0 up
    ip -n guest address add 192.168.122.9/24 dev eth0
    ip -n guest route add default via 192.168.122.1
    ip netns add outside
    ip link set dev eno3 netns outside
    ip -n outside link set dev eno3 up
    ip -n outside address add 203.0.113.9/24 dev eno3
    ip link set dev eno2 up
    ip address add 203.0.113.2/24 dev eno2
    until ip netns exec guest ping -n -q -c 1 -W 2 203.0.113.9 >/dev/null; do sleep 0.2; done
  `;

  it('and its guests go on undisturbed, and what it switches on for the whole host is seen', async () => {
    await machine.sh(SETUP);
    const [before, virbr0] = [await machinePicture(machine), await theirs('virbr0')];
    const pings = pingWhile();
    await apply(machine, beside);
    await asWanted();
    expect(await theirs('virbr0')).toBe(virbr0);
    await destroy(machine, beside);
    expect(await pings.lost()).toBe('0% packet loss');
    expect(await theirs('virbr0')).toBe(virbr0);
    expect(await machinePicture(machine)).toBe(before);
  });

  it('switches forwarding on for interfaces of ours when a network of it starts', async () => {
    await machine.sh('virsh --quiet net-destroy default; sysctl -qw net.ipv4.ip_forward=0');
    await apply(machine, beside);
    await machine.sh('virsh --quiet net-start default');
    const virbr0 = await theirs('virbr0');
    expect(await status(machine, beside)).toMatchObject({
      drift: ['sysctl:net/ipv4/conf/br0/forwarding value'],
      foreign: [],
    });
    expect(await apply(machine, beside)).toBe('applied');
    await asWanted();
    expect(await theirs('virbr0')).toBe(virbr0);
    await destroy(machine, beside);
    expect(await theirs('virbr0')).toBe(virbr0);
  });

  /** Five a second from the guest to the outside, through libvirt's masquerade. */
  function pingWhile(): { readonly lost: () => Promise<string | undefined> } {
    let said = '';
    const argv = ['ip', 'netns', 'exec', 'guest', 'ping', '-n', '-q', '-i', '0.2', '-W', '20', '203.0.113.9'];
    const pings = machine.start(argv, (_, text) => {
      said += text;
    });
    return {
      async lost() {
        pings.signal('SIGINT');
        await pings.ended;
        return /[\d.]+% packet loss/.exec(said)?.[0];
      },
    };
  }
});
