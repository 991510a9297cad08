/** The kinds on a kernel that filters VLANs: the same life as in test/kernel, on a VLAN-aware bridge. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { undoSteps } from '../../server/run/execute.ts';
import { openMachine, stepLines } from '../kinds/support/machine.ts';
import type { Machine } from '../kinds/support/machine.ts';
import { everything } from '../kinds/support/model.ts';

const { model, host } = everything(true);

let machine: Machine;

beforeEach(async () => {
  machine = await openMachine();
});

afterEach(async () => {
  await machine.close();
});

const LINKS = "ip -o link show | sed -E 's/^[0-9]+: //; s/ .*//' | sort; bridge -c=never vlan show";

test('is made, is found as it was wanted, and goes without a trace', async () => {
  const before = machine.sh(LINKS);
  await machine.change(model, host);
  expect(stepLines(await machine.plan(model, host))).toEqual([]);
  expect(machine.sh('bridge -j vlan show').replace(/\s+/g, '')).toContain(
    '"ifname":"eno1","vlans":[{"vlan":20},{"vlan":101},{"vlan":4094,"flags":["PVID","EgressUntagged"]}]',
  );
  expect(machine.sh('bridge -j vlan show dev br0')).toContain('"vlan":20');
  await machine.change(undefined, host);
  expect(stepLines(await machine.plan(undefined, host))).toEqual([]);
  expect(machine.sh(LINKS)).toBe(before);
});

test('what is removed can be put back, and a change is undone', async () => {
  await machine.change(model, host);
  const removal = await machine.change(undefined, host);
  expect(await undoSteps(machine.session, removal.steps, removal.steps.length)).toEqual([]);
  expect(stepLines(await machine.plan(model, host))).toEqual([]);
});

test('a gateway and a guest meet on their VLAN, the wire carries its tag, and drift is put right', async () => {
  await machine.change(model, host);
  machine.sh(`
    ip netns add web
    ip link set dev web-shop netns web
    ip -n web link set dev web-shop up
    ip -n web addr add 10.1.1.10/24 dev web-shop
    ip netns exec web ping -c 1 -W 5 10.1.1.1
    ip link add link wire1 name wire1.101 type vlan id 101
    ip link set dev wire1.101 up
    ip addr add 10.1.1.77/24 dev wire1.101
    ping -c 1 -W 5 -I wire1.101 10.1.1.1`);
  machine.sh(
    'bridge vlan del dev pvgw-shop vid 101; bridge vlan add dev pweb-shop vid 7; bridge vlan del dev br0 vid 20 self; bridge vlan del dev eno1 vid 101',
  );
  const found = (await machine.plan(model, host)).steps.map(
    ({ resource, fields }) => `${resource} ${fields.map(({ field }) => field).join(',')}`,
  );
  for (const each of ['veth:pvgw-shop vlans', 'veth:pweb-shop vlans', 'bridge:br0 vlans', 'port:eno1 vlans'])
    expect(found).toContain(each);
  await machine.change(model, host);
  expect(stepLines(await machine.plan(model, host))).toEqual([]);
  machine.sh('ip netns exec web ping -c 1 -W 5 10.1.1.1');
});

test('a bridge becomes VLAN-aware, and plain again, in place', async () => {
  const plain = everything(false);
  await machine.change(plain.model, plain.host);
  const index = machine.sh('ip -o link show dev br0').split(':')[0];
  await machine.change(model, host);
  expect(stepLines(await machine.plan(model, host))).toEqual([]);
  await machine.change(plain.model, plain.host);
  expect(stepLines(await machine.plan(plain.model, plain.host))).toEqual([]);
  expect(machine.sh('ip -o link show dev br0').split(':')[0]).toBe(index);
});
