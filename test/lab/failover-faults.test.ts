import { afterAll, beforeAll, expect, test } from 'vitest';
import { CUT, labConnection } from '../../server/lab/index.ts';
import { applyModel, desiredStates, planModel, runContext } from '../../server/run/apply.ts';
import { statusReport } from '../../server/run/reports/status.ts';
import { statusOf } from '../../server/run/status.ts';
import { MEMBERS, openCluster, OTHER } from '../support/cluster.ts';
import type { Cluster, Member } from '../support/cluster.ts';
import { pause, streamsDuring } from '../support/streams.ts';
import type { Streams } from '../support/streams.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await openCluster('comes-to-grief');
});
afterAll(() => cluster.close());

const OUTWARD: Streams = { from: 'web', to: 'internet', address: '203.0.113.10', port: 443, count: 20, seconds: 7 };

/** Why connections that last all the while have ended early. */
async function diedDuring(work: () => Promise<void>, streams: Partial<Streams> = {}): Promise<readonly string[]> {
  const results = await streamsDuring(cluster.lab, { ...OUTWARD, ...streams }, work);
  return results.flatMap(({ reason }) => reason ?? []);
}

async function roles(): Promise<Readonly<Record<string, string | null>>> {
  const context = runContext(cluster.model, (host) => labConnection(cluster.lab, host));
  const hosts = await Promise.all(desiredStates(cluster.model, MEMBERS).map((each) => statusOf(each, context)));
  const { text } = statusReport({ topology: cluster.model.topology, hosts, forgotten: [] });
  for (const { members } of hosts)
    for (const { namespace, role } of members) expect(text).toContain(`  ${namespace}: ${role ?? 'no role'}`);
  return Object.fromEntries(hosts.map(({ host, members }) => [host, members[0]?.role ?? null]));
}

test('a cable that is pulled makes its member faulty, the other one goes on, and it stays so when it is put back', async () => {
  const first = await cluster.onlyMaster();
  expect(await roles()).toEqual({ [first]: 'master', [OTHER[first]]: 'backup' });
  const died = await diedDuring(async () => {
    await cluster.fail(`${first}:eno2`, CUT);
    await cluster.comesTo(OTHER[first]);
    expect(await roles()).toEqual({ [first]: 'fault', [OTHER[first]]: 'master' });
    await cluster.heal(`${first}:eno2`);
    await pause(2000);
  });
  expect(died).toEqual([]);
  expect(await cluster.masters()).toEqual([OTHER[first]]);
  expect(await roles()).toEqual({ [first]: 'backup', [OTHER[first]]: 'master' });
});

test('a cable under a tunnel counts for the network that it carries', async () => {
  const first = await cluster.onlyMaster();
  await cluster.fail(`${first}:eno3`, CUT);
  await cluster.comesTo(OTHER[first]);
  await cluster.heal(`${first}:eno3`);
  expect(await cluster.onlyMaster()).toBe(OTHER[first]);
});

test(
  'hosts that are lost and found again, ten times in a row: connections outlive it all',
  { timeout: 240_000 },
  async () => {
    const died = await diedDuring(
      async () => {
        for (let turn = 0; turn < 10; turn += 1) {
          const first = await cluster.onlyMaster();
          await cluster.fail(first, CUT);
          await cluster.comesTo(OTHER[first]);
          await cluster.heal(first);
          await pause(1000);
          expect(await cluster.masters()).toEqual([OTHER[first]]);
        }
      },
      { seconds: 40 },
    );
    expect(died).toEqual([]);
  },
);

test.each([
  ['that do not hear each other', { type: 'loss', perTenThousand: 10_000 }],
  ['of which one is not heard', { type: 'one-way', lost: 'out' }],
  ['of which one is deaf', { type: 'one-way', lost: 'in' }],
] as const)('members %s end as one master that all neighbours know, and connections live on', async (_, how) => {
  const first = await cluster.onlyMaster();
  const died = await diedDuring(
    async () => {
      await cluster.fail(first, how);
      await pause(2500);
      await cluster.heal(first);
      await cluster.onlyMaster();
    },
    { seconds: 9 },
  );
  expect(died).toEqual([]);
  await expect.poll(() => cluster.neighboursKnow(), { timeout: 20_000 }).toBe(true);
});

test('a member that stands still as a whole, and goes on', async () => {
  const first = await cluster.onlyMaster();
  const all = `cat ${cluster.folder}/*.pid ${cluster.folder}/*.keeper`;
  const died = await diedDuring(
    async () => {
      await cluster.onHost(first, `kill -STOP $(${all})`);
      await pause(2500);
      await cluster.onHost(first, `kill -CONT $(${all})`);
      await cluster.onlyMaster();
    },
    { seconds: 9 },
  );
  expect(died).toEqual([]);
});

test('a master that is told to end hands over', async () => {
  const first = await cluster.onlyMaster();
  expect(
    await diedDuring(async () => {
      await cluster.signal(first, 'TERM', 'keepalived.pid');
      await cluster.comesTo(OTHER[first]);
    }),
  ).toEqual([]);
});

test.each(['conntrackd', 'uplinks'])('%s that is killed runs again, and does its work', async (program) => {
  const first = await cluster.onlyMaster();
  const number = (member: Member) => cluster.onHost(member, `cat ${cluster.folder}/${program}.pid`);
  const before = await number(first);
  await cluster.signal(first, 'KILL', `${program}.pid`);
  await expect
    .poll(async () => (await cluster.steps()) === 0 && (await number(first)) !== before, { timeout: 20_000 })
    .toBe(true);
  expect(await cluster.masters()).toEqual([first]);
  const died = await diedDuring(async () => {
    await cluster.fail(first, CUT);
    await cluster.comesTo(OTHER[first]);
    await cluster.heal(first);
    await pause(1000);
  });
  expect(died).toEqual([]);
});

test('all of a member that is killed is missed, and put there again by the next run', async () => {
  const first = await cluster.onlyMaster();
  await cluster.onHost(
    first,
    `kill -KILL $(cat ${cluster.folder}/*.keeper ${cluster.folder}/*.pid ${cluster.folder}/vrrp.pid)`,
  );
  const plan = await planModel(cluster.model, (host) => labConnection(cluster.lab, host));
  expect(plan.hosts.flatMap(({ host, steps }) => steps.map(({ resource }) => `${host} ${resource}`))).toEqual([
    expect.stringMatching(new RegExp(`^${first} failover:`)),
  ]);
  const run = await applyModel(cluster.model, (host) => labConnection(cluster.lab, host));
  expect(run.hosts.map(({ result }) => result)).not.toContain('failed');
  await cluster.onlyMaster();
  expect(await cluster.steps()).toBe(0);
});
