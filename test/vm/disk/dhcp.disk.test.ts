/** What hands out addresses is a unit of systemd, comes back when the machine starts, and goes without a trace. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Model } from '../../../server/flow/model.ts';
import { apply, destroy, machinePicture, status } from '../../support/disk-machine/answers.ts';
import type { DiskMachine } from '../../support/disk-machine/machine.ts';
import { openDiskMachine } from '../../support/disk-machine/machine.ts';
import { modelOf } from '../../support/topologies.ts';

let machine: DiskMachine;
let model: Model;
let untouched: string;

beforeAll(async () => {
  model = modelOf(await readFile(join(import.meta.dirname, 'handout.yaml'), 'utf8'));
  machine = await openDiskMachine({ nics: { eno1: 'street' } });
  untouched = await machinePicture(machine);
});
afterAll(() => machine.close());

/** Asks for the address of g1, with what any machine has. */
const ASK = `use IO::Socket::INET;
my $socket = IO::Socket::INET->new(Proto => "udp", PeerAddr => "10.20.0.1:53");
$socket->send(pack("H*", "1234010000010000000000000267310000010001"));
alarm 20;
$socket->recv(my $answer, 512);
print join(".", unpack("C4", substr($answer, -4))), "\\n";`;

/** What a guest is told that takes its end. */
async function answered(): Promise<string> {
  const end = [...model.guests.values()][0]?.nics[0]?.device ?? '';
  return machine.sh(
    `ip netns add guest; ip link set dev "$1" netns guest name eth0; ip -n guest link set dev eth0 up
     ip -n guest address add 10.20.0.11/24 dev eth0
     until ip netns exec guest ping -n -q -c 1 -W 2 10.20.0.1 >/dev/null; do sleep 0.2; done
     ip netns exec guest perl -e "$2"; ip netns delete guest`,
    end,
    ASK,
  );
}

const AS_WANTED = { drift: [], foreign: [] };
const unit = () => machine.sh('systemctl show --value -p ActiveState trunkline-dnsmasq-handout-gw.service');

it('answers, answers again after a reboot, and leaves nothing', async () => {
  expect(await apply(machine, model)).toBe('applied');
  expect(await status(machine, model)).toMatchObject(AS_WANTED);
  expect(await unit()).toBe('active\n');

  await machine.reboot();
  await machine.sh('until systemctl is-active -q network.target; do sleep 0.2; done');
  expect(await machine.sh('systemctl --failed --no-legend')).toBe('');
  expect(await status(machine, model)).toMatchObject(AS_WANTED);
  expect(await unit()).toBe('active\n');
  expect(await answered()).toBe('10.20.0.11\n');

  await apply(machine, model);
  await destroy(machine, model);
  expect(await unit()).toBe('inactive\n');
  expect(
    await machine.sh(
      "find /etc /run -name '*trunkline*' -not -path '/run/trunkline' | grep -v '^/run/trunkline/lock$' || :",
    ),
  ).toBe('');
  expect(await machinePicture(machine)).toBe(untouched);
});
