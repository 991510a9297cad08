/** What was kept comes back when the machine starts, beside those who manage networks on it too, and nothing else does. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../../server/flow/model.ts';
import { applyModel, runContext } from '../../../server/run/apply.ts';
import { openRun } from '../../../server/run/journal.ts';
import type { OpenRun } from '../../../server/run/journal.ts';
import { rollbackRun } from '../../../server/run/window.ts';
import { apply, destroy, machinePicture, status } from '../../support/disk-machine/answers.ts';
import type { DiskMachine } from '../../support/disk-machine/machine.ts';
import { openDiskMachine } from '../../support/disk-machine/machine.ts';
import { modelOf } from '../../support/topologies.ts';
import { applyWith } from '../../support/window.ts';

let machine: DiskMachine;
let text: string;
let beside: Model;
let branch: Model;
/** Of a machine that has just started, with its own networks, where nothing was ever applied. */
let untouched: string;

/** An address, a route and a rule that networkd makes, and rules that are loaded into an empty ruleset. */
const NETWORK = `[Match]
Name=eno2
[Network]
Address=198.51.100.2/24
DHCP=no
LinkLocalAddressing=no
IPv6AcceptRA=no
[RoutingPolicyRule]
From=10.99.0.0/16
Table=77
Priority=500
`;
const RULES = `#!/usr/sbin/nft -f
flush ruleset
table inet theirs {
	chain input {
		type filter hook input priority filter; policy accept;
	}
}
`;

beforeAll(async () => {
  text = await readFile(join(import.meta.dirname, 'beside.yaml'), 'utf8');
  beside = modelOf(text);
  branch = modelOf(await readFile(join(import.meta.dirname, 'branch.yaml'), 'utf8'));
  machine = await openDiskMachine({ nics: { eno1: 'street', eno2: 'alley' } });
  await machine.run(['tee', '/etc/systemd/network/20-theirs.network'], NETWORK);
  await machine.run(['tee', '/etc/nftables.conf'], RULES);
  await machine.sh(
    'systemctl enable nftables systemd-networkd 2>/dev/null; sync /etc/systemd/network /etc/nftables.conf',
  );
  await machine.reboot();
  await online();
  untouched = await machinePicture(machine);
});
afterAll(() => machine.close());

async function online(): Promise<void> {
  await machine.sh('/lib/systemd/systemd-networkd-wait-online --interface=eno2 --timeout=120');
}

async function openRunThere(): Promise<OpenRun | null> {
  const session = await machine.connection.open({ lock: false });
  try {
    return await openRun(session);
  } finally {
    await session.close();
  }
}

const AS_WANTED = { drift: [], foreign: [] };
const unit = (name: string, property: string): Promise<string> =>
  machine.sh('systemctl show --value -p "$2" "trunkline-$1.service"', name, property);

async function expectNothingOfOurs(): Promise<void> {
  expect(await machine.sh("find /etc -name '*trunkline*'")).toBe('');
  expect(await machinePicture(machine)).toBe(untouched);
}

describe('a reboot', () => {
  it('brings back what was kept, beside networkd and nftables, before the network is up; destroy leaves what was', async () => {
    // Trunkline as a person has it, on the host itself.
    const { exitCode, stdout } = await machine.trunkline(['apply', '--json', '--yes', '-'], text);
    expect({ exitCode, hosts: (JSON.parse(stdout) as { hosts: unknown }).hosts }).toMatchObject({
      exitCode: 0,
      hosts: [{ host: 'here', result: 'applied', atBoot: 'systemd' }],
    });
    expect(await machine.sh('systemd-analyze verify /etc/systemd/system/trunkline-*@beside.service 2>&1')).toBe('');
    const asApplied = await status(machine, beside);
    expect(asApplied).toMatchObject(AS_WANTED);

    await machine.reboot();
    await online();
    expect(await status(machine, beside)).toEqual(asApplied);
    expect(await machine.sh('systemctl --failed --no-legend; nft list tables | grep theirs')).toBe(
      'table inet theirs\n',
    );
    expect(await unit('restore@beside', 'ActiveState')).toBe('active\n');
    const since = async (name: string): Promise<number> =>
      Number(await machine.sh('systemctl show --value -p ActiveEnterTimestampMonotonic "$1"', name));
    const [loaded, restored, managed, late, up] = [
      await since('nftables.service'),
      await since('trunkline-restore@beside.service'),
      await since('systemd-networkd.service'),
      await since('trunkline-late@beside.service'),
      await since('network.target'),
    ];
    expect(loaded).toBeLessThan(restored);
    expect(restored).toBeLessThan(managed);
    expect(managed).toBeLessThan(late);
    expect(late).toBeLessThan(up);

    // A guest takes its end, and has its way out.
    const end = [...beside.guests.values()][0]?.nics[0]?.device ?? '';
    const pinged = await machine.sh(
      `ip netns add guest; ip link set dev "$1" netns guest name eth0
       ip -n guest link set dev eth0 up; ip -n guest address add 10.20.0.11/24 dev eth0
       until ip netns exec guest ping -n -q -c 1 -W 2 10.20.0.1 >/dev/null; do sleep 0.2; done; echo answered
       ip netns delete guest`,
      end,
    );
    expect(pinged).toBe('answered\n');

    // By hand it does nothing now.
    expect(await machine.sh('sh /etc/trunkline/beside/current/restore')).toContain('nothing was done');
    await machine.sh('systemctl restart trunkline-restore@beside');
    expect(await apply(machine, beside)).toBe('applied');
    expect(await status(machine, beside)).toEqual(asApplied);
    await destroy(machine, beside);
    await expectNothingOfOurs();
  });

  it('inside the window means undone: what was kept before comes back', async () => {
    const fewer = modelOf(text.replace(/ {2}g2: .*\n/, '').replaceAll(/.*(to: g2|10\.20\.0\.12).*\n/g, ''));
    await apply(machine, fewer);
    const before = await status(machine, fewer);
    expect(before).toMatchObject(AS_WANTED);
    const { hosts } = await applyWith(beside, () => machine.connection, { confirmWithinS: 3600 });
    expect(hosts).toMatchObject([{ result: 'applied', confirmed: false }]);
    expect(await status(machine, beside)).toMatchObject(AS_WANTED);
    await machine.reboot();
    await online();
    expect(await status(machine, fewer)).toEqual(before);
    expect((await status(machine, beside)).drift).not.toEqual([]);
  });
});

describe('a clock that is set', () => {
  it('ends no window early, and holds none up', async () => {
    const fewer = modelOf(text.replace(/ {2}g2: .*\n/, '').replaceAll(/.*(to: g2|10\.20\.0\.12).*\n/g, ''));
    const before = await status(machine, fewer);
    expect(before).toMatchObject(AS_WANTED);
    const shiftClock = (seconds: number): Promise<string> =>
      machine.sh('date -s "@$(($(date +%s) + $1))" >/dev/null', String(seconds));

    const long = await applyWith(beside, () => machine.connection, { confirmWithinS: 3600 });
    for (const days of [2, -4, 2]) {
      await shiftClock(days * 86_400);
      // The watchdog looks at its deadline every five seconds.
      await sleep(6000);
      expect(await openRunThere()).toMatchObject({ run: long.run, ready: true, watched: true });
      expect(await status(machine, beside)).toMatchObject(AS_WANTED);
    }
    await rollbackRun(
      long.run,
      ['here'],
      runContext(beside, () => machine.connection),
    );
    expect(await status(machine, fewer)).toEqual(before);

    await applyWith(beside, () => machine.connection, { confirmWithinS: 5 });
    await shiftClock(-86_400);
    while ((await openRunThere()) !== null) await sleep(500);
    await shiftClock(86_400);
    expect(await status(machine, fewer)).toEqual(before);
  });
});

describe('a reboot', () => {
  it('of a machine that lost an interface makes the rest, and says so', async () => {
    await machine.run(
      ['tee', '/etc/systemd/system/away.service'],
      '[Unit]\nDefaultDependencies=no\nAfter=systemd-udev-trigger.service\nBefore=trunkline-restore@beside.service\n[Service]\nType=oneshot\nExecStart=/bin/sh -c "until ip link set dev eno1 down name gone0; do sleep 0.1; done"\n[Install]\nWantedBy=sysinit.target\n',
    );
    await machine.sh('systemctl enable away 2>/dev/null; sync /etc/systemd/system');
    await machine.reboot();
    await online();
    expect(await unit('late@beside', 'ActiveState')).toBe('failed\n');
    expect(await machine.sh('systemctl status trunkline-late@beside || :')).toContain(
      'beside is not whole, without eno1',
    );
    const { drift, foreign } = await status(machine, beside);
    expect(foreign).toEqual([expect.stringContaining('There is no interface eno1')]);
    expect(drift.filter((each) => each.includes('bridge:br0'))).toEqual([]);
    await machine.sh(
      'systemctl disable away 2>/dev/null; rm /etc/systemd/system/away.service; ip link set dev gone0 name eno1',
    );
    expect(await apply(machine, beside)).toBe('applied');
    expect(await status(machine, beside)).toMatchObject(AS_WANTED);
    await destroy(machine, beside);
    await expectNothingOfOurs();
  });
});

describe('a power cut', () => {
  it('right behind an apply that said so loses nothing of it', async () => {
    await applyModel(branch, () => machine.connection).then(async ({ hosts }) => {
      await machine.cutPower();
      expect(hosts).toMatchObject([{ result: 'applied', atBoot: 'systemd' }]);
    });
    await machine.boot();
    await online();
    expect(await status(machine, branch)).toMatchObject(AS_WANTED);
  });

  it('right behind a destroy that said so leaves nothing of it', async () => {
    await destroy(machine, branch);
    await machine.cutPower();
    await machine.boot();
    await online();
    await expectNothingOfOurs();
  });
});
