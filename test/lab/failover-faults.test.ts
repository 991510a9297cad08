import { afterAll, beforeAll, expect, test } from 'vitest';
import { CUT, labConnection, labRun } from '../../server/lab/index.ts';
import { applyModel, desiredStates, planModel, runContext } from '../../server/run/apply.ts';
import { statusReport } from '../../server/run/reports/status.ts';
import { statusOf } from '../../server/run/status.ts';
import type { Model } from '../../server/flow/model.ts';
import { clusterModel, MEMBERS, openCluster, OTHER } from '../support/cluster.ts';
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

/** Another address from outside for the same guest: both members have to be told. */
function published(address: string): Model {
  return clusterModel(
    cluster.text.replace('publish: [', `publish: [{ listen: "${address}:443/tcp", to: "web:8443" }, `),
  );
}

/** What goes on at `internet` while it is tried, and why it failed. */
async function refusalDuring(script: string, address: string): Promise<string> {
  await cluster.onHost('left', 'rm -f /run/trunkline/services/.heard-*');
  const ends = labRun(cluster.lab, 'internet', ['sh', '-c', script]);
  try {
    await pause(500);
    const before = await cluster.onHost('left', `cat ${cluster.folder}/settings`);
    const { hosts } = await applyModel(published(address), (host) => labConnection(cluster.lab, host), {
      hosts: ['left'],
    });
    expect(hosts.map(({ result }) => result)).toEqual(['undone']);
    expect(await cluster.onHost('left', `cat ${cluster.folder}/settings`)).toBe(before);
    return JSON.stringify(hosts.map(({ failure }) => failure));
  } finally {
    await ends;
  }
}

test('an address that somebody else has is refused before it is announced, and nothing is changed', async () => {
  const first = await cluster.onlyMaster();
  for (const [address, word] of [
    ['192.0.2.77', '192.0.2.77/32'],
    ['2001:db8:2::77', '2001:db8:2::77/128 nodad'],
  ] as const) {
    const device = `$(ip -o addr show to 192.0.2.1/32 | cut -d' ' -f2)`;
    const listen = address.includes(':') ? `[${address}]` : address;
    const refusal = await refusalDuring(
      `d=${device}; ip addr add ${word} dev $d; sleep 6; ip addr del ${word.replace(' nodad', '')} dev $d`,
      listen,
    );
    expect(refusal).toMatch(new RegExp(`${address} on wan is taken by [0-9a-f:]{17}`));
  }
  expect(await cluster.masters()).toEqual([first]);
});

// A router of somebody else's that speaks now and then, VRRP version 3.
const ADVERTS = `
import socket, struct, sys, time
out = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('192.0.2.1'))
for _ in range(20):
    out.sendto(struct.pack('!BBBBHH', 0x31, int(sys.argv[1]), 100, 1, 100, 0) + socket.inet_aton('192.0.2.99'), ('224.0.0.18', 0))
    time.sleep(0.3)
`;

test('a router with the same number is found before the first word is said to it', async () => {
  const [number] = /^wan (\d+)/m.exec(await cluster.onHost('left', `cat ${cluster.folder}/wire`))?.slice(1) ?? [];
  const refusal = await refusalDuring(
    `exec python3 -c '${ADVERTS.replaceAll("'", '"')}' ${String(number)}`,
    '192.0.2.78',
  );
  expect(refusal).toContain(`on wan is a router with the VRRP number ${String(number)} too`);
  expect(refusal).toContain('adverts: unicast');
  await expect(refusalDuring(`exec python3 -c '${ADVERTS.replaceAll("'", '"')}' 1`, '192.0.2.78')).rejects.toThrow();
  expect(await cluster.masters()).toHaveLength(1);
});

test('nothing that the members are told makes a program of theirs die', async () => {
  for (const member of MEMBERS)
    expect(await cluster.onHost(member, `cat ${cluster.folder}/log`)).not.toMatch(/segmentation|Respawning/);
});
