/** Bonds, VLAN devices and VLAN-aware bridges that were made by hand: what only a kernel with all of them can show. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { takeSnapshot } from '../../server/observe/snapshot.ts';
import { executeSteps } from '../../server/run/execute.ts';
import { importFolder } from '../import/support/imported.ts';
import { beyondMarks, shippedByHand, shippedModel } from '../import/support/shipped-by-hand.ts';
import { openMachine, stepLines } from '../kinds/support/machine.ts';
import type { Machine } from '../kinds/support/machine.ts';
import { shippedFor } from '../support/shipped.ts';

let machine: Machine;
beforeEach(async () => {
  machine = await openMachine();
});
afterEach(async () => {
  await machine.close();
});

const BY_HAND = `
  ip link add bond0 type bond mode active-backup miimon 50
  ip link set dev eno1 down; ip link set dev eno1 master bond0
  ip link set dev eno2 down; ip link set dev eno2 master bond0
  ip link set dev bond0 up
  ip link add br0 type bridge
  ip link set dev bond0 master br0
  ip link set dev br0 up
  ip addr add 10.0.0.1/24 dev br0
  ip link add br1 type bridge vlan_filtering 1
  ip link add trunk type dummy
  ip link set dev trunk master br1 up
  bridge vlan add dev trunk vid 20
  bridge vlan add dev trunk vid 30
  ip link add vnet0 type veth peer name inside0
  ip link set dev inside0 up; ip link set dev vnet0 master br1 up
  bridge vlan del dev vnet0 vid 1
  bridge vlan add dev vnet0 vid 20 pvid untagged
  ip link set dev br1 up
  bridge vlan add dev br1 vid 30 self
  ip link add link br1 name br1.30 type vlan id 30
  ip link set dev br1.30 up
  ip addr add 10.30.0.1/24 dev br1.30`;

const picture = (): string =>
  machine.sh('ip -d -o link; bridge vlan; ip -4 -o addr; ip route').replace(/[a-z_]*timer +[0-9.]+/g, '');

/** The kernel tells a bridge of its ports' carrier a moment later, and a VLAN on it another moment after that. */
const settled = (): Promise<void> =>
  vi.waitFor(
    () => {
      for (const name of ['br0', 'br1', 'br1.30']) expect(machine.sh(`ip -o link show ${name}`)).toContain('state UP');
    },
    { timeout: 60_000, interval: 100 },
  );

test('are imported and taken over without a change but the mark, and given back', async () => {
  machine.sh(BY_HAND);
  await settled();
  const before = picture();
  const { imported, model } = importFolder(await takeSnapshot(machine.session), 'shop');
  expect(imported.text).toContain('bond0: { ports: [eno1, eno2], mode: active-backup }');
  expect(imported.text).toContain('existing: true');
  expect(imported.text).toContain('vlan: 20');
  expect(imported.text).toContain('port: br1.30');
  const [host] = model.hosts.values();
  if (host === undefined) throw new Error('no host');
  const plan = await machine.plan(model, host);
  expect(plan.obstacles.filter(({ sort }) => sort !== 'adoptable')).toEqual([]);
  const commands = plan.steps.flatMap((step) => step.commands).filter(({ tool }) => tool !== 'file');
  for (const command of commands) expect('args' in command ? command.args : command).toContain('alias');
  expect((await executeSteps(machine.session, plan.steps)).failure).toBeNull();
  expect(stepLines(await machine.plan(model, host))).toEqual([]);
  await machine.change(undefined, host);
  expect(picture()).toBe(before);
});

/** What needs 802.1Q, VLAN filtering or bonding, without our marks. */
describe.each(shippedFor('stock'))('%s as if somebody had set it up by hand', (name) => {
  test('is imported, and the plan of that adds marks and our own tables alone', async () => {
    const model = await shippedModel(name);
    for (const wanted of model.hosts.values()) {
      const { host, plan } = await shippedByHand(model, wanted);
      try {
        const made = (await plan()).hosts.flatMap(({ steps, obstacles }) => ({
          beyond: beyondMarks(steps),
          inTheWay: obstacles
            .filter(({ sort }) => sort !== 'adoptable')
            .map(({ resource, detail }) => `${resource}: ${detail}`),
        }));
        expect(made, wanted.name).toEqual([{ beyond: [], inTheWay: [] }]);
      } finally {
        await host.close();
      }
    }
  });
});
