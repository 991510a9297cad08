/** A host that was set up by hand is imported, taken over, and given back; its guests notice nothing of it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import type { Plan } from '../../server/flow/plan.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { destroyModel, planModel, runContext } from '../../server/run/apply.ts';
import { executeSteps, undoSteps } from '../../server/run/execute.ts';
import { applyPlan } from '../../server/run/plans.ts';
import { showPlan } from '../../server/plan/document.ts';
import { clutterOn, pictureOf } from '../support/clutter.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { setUpByHand, startTraffic } from './support/by-hand.ts';
import type { Traffic } from './support/by-hand.ts';
import { importFolder, record } from './support/imported.ts';

let host: HostNamespace;
let traffic: Traffic | undefined;
beforeEach(async () => {
  host = await openHostNamespace('hand');
});
afterEach(async () => {
  await traffic?.stop();
  traffic = undefined;
  await host.close();
});

const through = (): HostConnection => host.connection;
const plan = (model: Model): Promise<Plan> => planModel(model, through);
const adopt = async (model: Model) =>
  applyPlan(showPlan(await plan(model)), runContext(model, through), { adopt: true });

/** Clutter's filter drops what it does not know; a host with it lets its own networks through. */
const LET_THROUGH = `
nft add rule ip filter FORWARD iifname br0 accept
nft add rule ip filter FORWARD iifname eth0 accept
`;

/** What a plan says it does, but for keeping notes. */
function changes({ hosts }: Plan): readonly string[] {
  return hosts.flatMap(({ steps }) =>
    steps.filter(({ kind, first }) => first && kind !== 'record').map(({ action, title }) => `${action} ${title}`),
  );
}

test('the plan only adds marks and our own tables; taken over, nothing is left to do, and no packet was lost; given back, all is as before', async () => {
  await setUpByHand(host);
  await clutterOn(host);
  await host.run('sh', '-ec', LET_THROUGH);
  const before = await pictureOf(host);
  const { model, imported } = importFolder(await record(host.connection));
  expect(imported.text).toContain('- { listen: 192.0.2.10:8080/tcp, to: 10.0.0.5:80, from: [eth0, internet] }');
  expect(imported.text).toContain('- br0 -> eth0');
  expect(imported.text).toContain('address: 10.0.0.5');

  const made = await plan(model);
  const marks = changes(made).filter((each) => !each.startsWith('add '));
  expect(marks.toSorted()).toEqual([
    'change adopt bridge br0',
    'change adopt port eth0',
    'change adopt route 10.9.0.0/16 via 10.0.0.9 on br0',
    'change port eth1 in br0',
    'change port vweb in br0',
  ]);
  const added = changes(made).filter((each) => each.startsWith('add '));
  expect(
    added.filter((each) => !/^add (firewall table|NAT table|rule|route 0\.0\.0\.0\/0 .* in table) /.test(each)),
  ).toEqual([]);
  expect(made.hosts[0]?.steps.map(({ cost }) => cost).filter((cost) => cost !== 'hitless')).toEqual([]);

  traffic = await startTraffic(host);
  await expect(applyPlan(showPlan(made), runContext(model, through))).rejects.toMatchObject({ kind: 'obstacle' });
  expect(await pictureOf(host)).toBe(before);
  expect((await adopt(model)).hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
  expect(changes(await plan(model))).toEqual([]);
  expect(await host.run('ip', '-d', 'link', 'show', 'dev', 'br0')).toContain('alias trunkline:1:e-hand:bridge:br0');
  const gone = await destroyModel(model, through);
  expect(gone.hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
  const { answered, sent, lost } = await traffic.stop();
  expect(answered).toBeGreaterThan(10);
  expect(sent).toBeGreaterThan(10);
  expect(lost).toBe(0);
  expect(await pictureOf(host)).toBe(before);
});

test('what others add to something that was taken over stays theirs; what we add goes', async () => {
  await setUpByHand(host);
  const { model } = importFolder(await record(host.connection));
  await adopt(model);
  await host.run(
    'sh',
    '-ec',
    'ip addr add 10.0.0.77/24 dev br0; ip addr add 192.0.2.77/24 dev eth0; ip route add 10.8.0.0/16 via 10.0.0.8',
  );
  expect(changes(await plan(model))).toEqual([]);
  await host.run('ip', 'addr', 'del', '192.0.2.11/24', 'dev', 'eth0');
  expect(changes(await plan(model))).toContain('change address 192.0.2.11/24 on eth0');
  await destroyModel(model, through);
  const addresses = await host.run('ip', '-o', '-4', 'addr', 'show');
  for (const each of ['10.0.0.1/24', '10.0.0.77/24', '192.0.2.10/24', '192.0.2.11/24', '192.0.2.77/24'])
    expect(addresses).toContain(each);
  const routes = await host.run('ip', 'route', 'show');
  expect(routes).toContain('10.8.0.0/16 via 10.0.0.8');
  expect(routes).toMatch(/10\.9\.0\.0\/16 via 10\.0\.0\.9 dev br0 proto static/);
  expect(await host.run('ip', '-d', 'link', 'show', 'dev', 'br0')).not.toContain('alias');
});

test('a run that is taken back gives back what it had taken over', async () => {
  await setUpByHand(host);
  const { model } = importFolder(await record(host.connection));
  const before = await pictureOf(host);
  const steps = (await plan(model)).hosts[0]?.steps ?? [];
  const session = await host.connection.open({ lock: false });
  expect((await executeSteps(session, steps)).failure).toBeNull();
  expect(await host.run('ip', '-d', 'link', 'show', 'dev', 'br0')).toContain('alias trunkline:');
  expect(await undoSteps(session, steps, steps.length)).toEqual([]);
  await session.close();
  expect(await pictureOf(host)).toBe(before);
});

test('a bridge that is not as the file wants it is no adoption', async () => {
  await setUpByHand(host);
  const { model } = importFolder(await record(host.connection));
  await host.run('ip', 'link', 'set', 'dev', 'br0', 'alias', 'the office');
  const obstacles = (await plan(model)).hosts.flatMap((each) => each.obstacles);
  expect(obstacles).toContainEqual(expect.objectContaining({ sort: 'foreign', resource: 'bridge:br0' }));
  await expect(adopt(model)).rejects.toMatchObject({ kind: 'obstacle' });
});
