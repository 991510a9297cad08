/** What the stock kernel adds to breaking a lab: delays, and VLANs that are swapped behind Trunkline's back. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { labConnection, labDown, labFail, labHeal, labRun, labTest, labUp, parseHow } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import { applyModel } from '../../server/run/apply.ts';

let model: Model;
let lab: Lab;

beforeAll(async () => {
  const compiled = await compileFile(join(import.meta.dirname, 'apart-vlans.yaml'));
  if (compiled.model === null) throw new Error('apart-vlans does not compile');
  model = { ...compiled.model, topology: 'breaking' };
  ({ lab } = await labUp(model));
});
afterEach(async () => {
  await labHeal(lab, null);
});
afterAll(async () => {
  await labDown(model.topology);
});

/** The fastest of some round trips, in milliseconds. */
const roundTrip = async (): Promise<number> => {
  const { stdout } = await labRun(lab, 'c1', ['ping', '-c', '5', '-i', '0.2', '-W', '5', '10.1.1.21']);
  return Number(/min\/avg\/max\/mdev = ([\d.]+)/.exec(stdout)?.[1]);
};

test('a delay counts in each direction, and goes without a trace', async () => {
  const queues = (await labRun(lab, 'c1', ['tc', 'qdisc', 'show'])).stdout;
  await labFail(model, lab, 'c1:lan', parseHow('delay 300ms'));
  expect(await roundTrip()).toBeGreaterThanOrEqual(600);
  await labFail(model, lab, 'c1:lan', parseHow('delay 1s'));
  expect(await roundTrip()).toBeGreaterThanOrEqual(2000);
  await labHeal(lab, 'c1:lan');
  expect(await roundTrip()).toBeLessThan(600);
  expect((await labRun(lab, 'c1', ['tc', 'qdisc', 'show'])).stdout).toBe(queues);
});

test('one way and loss work on ports of a VLAN-aware bridge', async () => {
  await labFail(model, lab, 'left:eno1', parseHow('one-way'));
  expect(await roundTrip()).toBeNaN();
  await labFail(model, lab, 'left:eno1', parseHow('loss 100%'));
  expect(await roundTrip()).toBeNaN();
  await labHeal(lab, null);
  expect(await roundTrip()).toBeGreaterThan(0);
});

test('a guest in the VLAN of another network shows at what is expected of it, and one apply mends it', async () => {
  const port = model.guests.get('d1')?.nics[0]?.port ?? '';
  const argv = `bridge vlan del dev ${port} vid 101 && bridge vlan add dev ${port} vid 102 pvid untagged`;
  expect(await labRun(lab, 'right', ['sh', '-c', argv])).toMatchObject({ exitCode: 0, stderr: '' });
  const unmet = async (): Promise<readonly string[]> =>
    [...new Set((await labTest(model, lab)).results.flatMap((each) => (each.passed ? [] : [each.expectation])))].sort();
  expect(await unmet()).toEqual([
    'allow 444/tcp from a1, n1, n2, d1 to 10.1.1.1 reaches n2:8443',
    'allow 8443/tcp from a1, b1, n1, n2 to c1, d1',
    'allow 8443/tcp from d1 to a1, b1, n1, n2',
    'allow 8443/tcp, icmp from c1 to d1',
  ]);
  const run = await applyModel(model, (host) => labConnection(lab, host));
  expect(run.hosts.map(({ host, result }) => [host, result])).toContainEqual(['right', 'applied']);
  expect(await unmet()).toEqual([]);
});
