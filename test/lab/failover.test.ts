import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { CUT, labConnection, labDown, labFail, labHeal, labRun, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { applyModel, planModel } from '../../server/run/apply.ts';
import { readFileSync } from 'node:fs';
import { pause, streamsDuring } from '../support/streams.ts';
import type { StreamResult, Streams } from '../support/streams.ts';

const TEXT = readFileSync(join(import.meta.dirname, 'cluster.yaml'), 'utf8').replace(
  'topology: cluster',
  'topology: takeover',
);
const MEMBERS = ['left', 'right'] as const;
type Member = (typeof MEMBERS)[number];

function modelOf(text: string): Model {
  const { model, diagnostics } = compileText({ file: 'takeover.yaml', text });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

const model = modelOf(TEXT);
let lab: Lab;

beforeAll(async () => {
  ({ lab } = await labUp(model));
  // The kernel would take up a connection in its middle, and hide that nobody told it of it.
  for (const member of MEMBERS) await inside(member, 'echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose');
});
afterAll(() => labDown(model.topology));

async function inside(member: Member, script: string): Promise<string> {
  const { stdout } = await labRun(lab, `gw@${member}`, ['sh', '-c', script]);
  return stdout;
}

/** Who has the address that all guests send to. */
async function masters(): Promise<readonly Member[]> {
  const held = await Promise.all(
    MEMBERS.map(async (member) => (await inside(member, 'ip -o addr show dev lan')).includes(' 10.1.0.1/24 ')),
  );
  return MEMBERS.filter((_, index) => held[index]);
}

async function onlyMaster(): Promise<Member> {
  for (let looks = 0; looks < 100; looks += 1) {
    const [one, other] = await masters();
    if (one !== undefined && other === undefined) return one;
    await pause(50);
  }
  throw new Error(`there is not one master: ${(await masters()).join(', ')}`);
}

const OTHER: Readonly<Record<Member, Member>> = { left: 'right', right: 'left' };
const OUTWARD: Streams = { from: 'web', to: 'internet', address: '203.0.113.10', port: 443, count: 20, seconds: 8 };

function died(results: readonly StreamResult[]): readonly (string | null)[] {
  return results.map(({ reason }) => reason).filter((reason) => reason !== null);
}

/** Nobody needs to be told twice: nothing is left to plan on any host, whoever is master. */
async function settled(): Promise<void> {
  const plan = await planModel(model, (host) => labConnection(lab, host));
  expect(plan.hosts.flatMap((host) => host.steps)).toEqual([]);
}

/** A signal for the program of a service on a host. */
async function signal(member: Member, name: string, file: string): Promise<void> {
  const script = `kill -${name} "$(cat /run/trunkline/services/takeover-gw/${file})"`;
  const { exitCode, stderr } = await labRun(lab, member, ['sh', '-c', script]);
  expect([exitCode, stderr]).toEqual([0, '']);
}

test('a host is lost and comes back: connections through NAT live on, and there is one master', async () => {
  const first = await onlyMaster();
  const results = await streamsDuring(lab, OUTWARD, async () => {
    await labFail(model, lab, first, CUT);
    await pause(2500);
  });
  await labHeal(lab, first);
  expect(died(results)).toEqual([]);
  await onlyMaster();
  await settled();
});

test('without what the members tell each other the same connections would have died', async () => {
  const first = await onlyMaster();
  for (const member of MEMBERS) await signal(member, 'STOP', 'conntrackd.pid');
  const results = await streamsDuring(lab, { ...OUTWARD, seconds: 14 }, async () => {
    await labFail(model, lab, first, CUT);
    await pause(11_000);
  });
  for (const member of MEMBERS) await signal(member, 'CONT', 'conntrackd.pid');
  await labHeal(lab, first);
  await onlyMaster();
  expect(died(results)).toHaveLength(OUTWARD.count);
});

/** One that has come back may still be taken for faulty, and then takes nothing over. */
async function standsBy(member: Member): Promise<void> {
  const state = async (): Promise<string> => {
    const { stdout } = await labRun(lab, member, ['cat', '/run/trunkline/services/takeover-gw/state']);
    return stdout.trim();
  };
  for (let looks = 0; looks < 200 && (await state()) !== 'BACKUP'; looks += 1) await pause(50);
  expect(await state()).toBe('BACKUP');
}

/** The process of a keepalived that speaks; the file with its number goes with one that was killed before it. */
async function speaker(member: Member): Promise<string> {
  const script = 'p=$(cat /run/trunkline/services/takeover-gw/keepalived.pid) && cat "/proc/$p/task/$p/children"';
  const { stdout } = await labRun(lab, member, ['sh', '-c', script]);
  return stdout.trim();
}

async function isAlive(member: Member, process: string): Promise<boolean> {
  const { exitCode } = await labRun(lab, member, ['sh', '-c', `kill -0 ${process}`]);
  return exitCode === 0;
}

test('a keepalived that is killed gives up its addresses, and runs again', async () => {
  const first = await onlyMaster();
  await standsBy(OTHER[first]);
  const former = await speaker(first);
  expect(former).toMatch(/^\d+$/);
  await signal(first, 'KILL', 'keepalived.pid');
  for (let looks = 0; looks < 200 && (await isAlive(first, former)); looks += 1) await pause(50);
  expect(await isAlive(first, former)).toBe(false);
  for (let looks = 0; looks < 200 && (await speaker(first)) === ''; looks += 1) await pause(50);
  const speaks = await speaker(first);
  expect(speaks).toMatch(/^\d+$/);
  expect(speaks).not.toBe(former);
  // Which of the two has them now is a matter of who was heard last: the one that is killed takes leave of its networks one by one.
  const master = await onlyMaster();
  await standsBy(OTHER[master]);
  await settled();
  expect(await masters()).toEqual([master]);
});

test('a master that stands still for a while, and goes on, leaves one master', async () => {
  const first = await onlyMaster();
  await standsBy(OTHER[first]);
  const speaks = await speaker(first);
  await labRun(lab, first, ['kill', '-STOP', speaks]);
  await pause(1500);
  expect(await masters()).toEqual(MEMBERS);
  await labRun(lab, first, ['kill', '-CONT', speaks]);
  await onlyMaster();
  const { exitCode } = await labRun(lab, 'web', ['ping', '-c', '2', '-W', '1', '203.0.113.10']);
  expect(exitCode).toBe(0);
});

test.each([
  ['the one', ['left', 'right']],
  ['the other', ['right', 'left']],
] as const)('told something else, %s first, they go on: no connection is lost', async (word, order) => {
  const further = `192.0.2.${word === 'the one' ? '21' : '22'}`;
  const changed = modelOf(TEXT.replace('publish: [', `publish: [{ listen: "${further}:443/tcp", to: "web:8443" }, `));
  const first = await onlyMaster();
  const results = await streamsDuring(lab, OUTWARD, async () => {
    for (const host of order) {
      const run = await applyModel(changed, (name) => labConnection(lab, name), { hosts: [host] });
      expect(run.hosts.map(({ result, verified }) => [result, verified])).toEqual([['applied', true]]);
      await onlyMaster();
    }
  });
  expect(died(results)).toEqual([]);
  expect(await onlyMaster()).toBe(first);
  expect(await inside(first, 'ip -o addr show dev wan')).toContain(` ${further}/32 `);
  expect(await inside(OTHER[first], 'ip -o addr show dev wan')).not.toContain(further);
});

test('what keepalived refuses is found before it takes the place of what runs', async () => {
  const { stdout } = await labRun(lab, 'left', [
    'sh',
    '-c',
    [
      'cd /run/trunkline/services; mkdir takeover-gw.new',
      'cp takeover-gw/control takeover-gw/holds takeover-gw/settings takeover-gw.new',
      'sed "s/interface lan/interfase lan/" takeover-gw/keepalived.conf >takeover-gw.new/keepalived.conf',
      'sh takeover-gw.new/control take takeover-gw 2>&1; echo "code $?"; ls -d takeover-gw.new',
    ].join('\n'),
  ]);
  expect(stdout).toMatch(/keepalived refuses what it is told: [^]*interfase[^]*code 1\n$/);
  expect(
    await labRun(lab, 'left', ['grep', '-c', 'interfase', '/run/trunkline/services/takeover-gw/keepalived.conf']),
  ).toMatchObject({ exitCode: 1 });
});
