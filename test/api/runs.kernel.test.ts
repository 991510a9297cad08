/** Runs over the API, on the hosts of a lab: planned, agreed to, begun, watched, kept, undone, and told of afterwards. */
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RequestFailed } from '../../server/api/client.ts';
import type { Client } from '../../server/api/client.ts';
import type { LiveEvent } from '../../server/api/schema/events.ts';
import type { Outcome } from '../../server/api/schema/runs.ts';
import { openOperator } from '../../server/operator/open.ts';
import { listenTo } from './listening.ts';
import { PASSWORD } from './sign-in.ts';
import { openSite } from './site.ts';
import type { Site } from './site.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

function shop(...guests: readonly string[]): string {
  return [
    'topology: p-api-runs',
    'networks:',
    '  lan: { subnet: 10.77.0.0/24 }',
    'hosts:',
    '  box: { access: local, bridges: { br0: {} } }',
    ...(guests.length === 0 ? [] : ['guests:']),
    ...guests.map((name, index) => `  ${name}: { on: box, nics: { lan: 10.77.0.${String(index + 10)} } }`),
    '',
  ].join('\n');
}
const NAME = 'shop.yaml';
const OTHER = shop('x1').replace('p-api-runs', 'p-api-other');

let site: Site;
let client: Client;
let cookie: string;
beforeAll(async () => {
  site = await openSite({ [NAME]: shop('web1'), 'other.yaml': OTHER });
  vi.stubEnv('XDG_STATE_HOME', site.folder);
  const up = await execa(process.execPath, [MAIN, 'lab', 'up', join(site.folder, NAME)], { reject: false });
  expect(up.stderr + up.stdout).toContain('is up');
  client = await site.client();
  cookie = await site.signIn();
});
afterAll(async () => {
  await execa(process.execPath, [MAIN, 'lab', 'down', join(site.folder, NAME)], { reject: false });
  await site[Symbol.asyncDispose]();
});

const params = { name: NAME };
const plan = () => client('POST /api/topologies/:name/plan', { params, body: { lab: true } });

async function failureOf(asked: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof RequestFailed ? error.failure?.kind : String(error);
}

const ends =
  (run: string, ...outcomes: readonly Outcome[]) =>
  (event: LiveEvent): event is LiveEvent & { type: 'run' } =>
    event.type === 'run' && event.run.run === run && outcomes.includes(event.run.outcome);

/** Ports of the bridge, as the host has them. */
async function ports(): Promise<string> {
  const { stdout } = await execa(process.execPath, [
    ...[MAIN, 'lab', 'exec', join(site.folder, NAME), 'box', '--'],
    ...['ip', '-br', 'link', 'show', 'master', 'br0'],
  ]);
  return stdout;
}

test('what is planned is what is carried out, watched, and told of afterwards', async () => {
  await site.write(NAME, shop('web1', 'web2'));
  await using listener = await listenTo(site.serving.url, { cookie });
  await listener.until((event): event is LiveEvent & { type: 'reset' } => event.type === 'reset');
  expect(listener.heard[0]?.event.type).toBe('reset');
  const made = await plan();
  expect(made.summary.add).toBeGreaterThan(0);
  expect(made).toMatchObject({ topology: 'p-api-runs', lab: true, access: { box: 'lab' }, agree: { typed: null } });
  const { run } = await client('POST /api/topologies/:name/apply', { params, body: { plan: made.plan } });
  await listener.until(ends(run, 'applied'));
  const stages = listener.heard.flatMap(({ event }) =>
    event.type === 'progress' && event.run === run ? [`${event.stage} ${String(event.done)}`] : [],
  );
  const of = made.hosts[0]?.steps.length ?? 0;
  expect(stages).toContain('changing 0');
  expect(stages.at(-1)).toBe(`kept ${String(of)}`);
  expect((await ports()).split('\n')).toHaveLength(2);

  const told = await client('GET /api/runs/:run', { params: { run } });
  expect(told.run).toMatchObject({ name: NAME, lab: true, outcome: 'applied', summary: made.summary });
  expect(told.plan?.hosts).toEqual(made.hosts);
  expect(told.result?.hosts[0]).toMatchObject({ host: 'box', result: 'applied', verified: true });
  expect(told.graph?.nodes.map(({ id }) => id)).toContain('guest:web2');
  expect(told.files).toEqual([{ name: NAME, text: shop('web1', 'web2') }]);
  expect(told.entries.map(({ event }) => event)).toEqual(['asked', 'begun', 'ended']);
  const lines = told.output.map(({ text }) => text);
  expect(lines).toEqual(expect.arrayContaining([`box: ${String(of)} steps`, 'box: applied and verified']));
  expect(lines).toEqual(
    listener.heard.flatMap(({ event }) => (event.type === 'output' && event.run === run ? [event.text] : [])),
  );
  // It is in the history, and not only in the memory of whoever made it.
  const later = openOperator({ folder: site.folder, report: () => undefined });
  expect((await later.run(run)).output).toEqual(told.output);
  await later.close();
  const { runs } = await client('GET /api/runs', { query: { topology: 'p-api-runs', limit: 1 } });
  expect(runs[0]?.run).toBe(run);
});

test('a plan is carried out once, and only by whom it is of', async () => {
  await site.write(NAME, shop('web1'));
  const made = await plan();
  const asked = { plan: made.plan, typed: 'p-api-runs' };
  const other = client('POST /api/topologies/:name/apply', { params: { name: 'other.yaml' }, body: asked });
  expect(await failureOf(other)).toBe('usage');
  if (made.agree.typed !== null)
    expect(await failureOf(client('POST /api/topologies/:name/apply', { params, body: { plan: made.plan } }))).toBe(
      'usage',
    );
  await using listener = await listenTo(site.serving.url, { cookie });
  const { run } = await client('POST /api/topologies/:name/apply', { params, body: asked });
  expect(await failureOf(client('POST /api/topologies/:name/apply', { params, body: asked }))).toBe('stale-plan');
  await listener.until(ends(run, 'applied'));
  expect((await ports()).split('\n')).toHaveLength(1);
});

test('a plan of a state that is no more is refused, which is told of', async () => {
  await site.write(NAME, shop('web1', 'web2'));
  const [first, second] = [await plan(), await plan()];
  await using listener = await listenTo(site.serving.url, { cookie });
  const begin = (made: { readonly plan: string }) =>
    client('POST /api/topologies/:name/apply', { params, body: { plan: made.plan } });
  const { run } = await begin(first);
  await listener.until(ends(run, 'applied'));
  const late = await begin(second);
  await listener.until(ends(late.run, 'refused'));
  const told = await client('GET /api/runs/:run', { params: { run: late.run } });
  expect(told).toMatchObject({ failed: { kind: 'stale-plan' }, result: null, plan: null });
});

test('a run that waits is kept, or undone, and its time is told', async () => {
  await site.write(NAME, shop('web1', 'web2', 'web3'));
  await using listener = await listenTo(site.serving.url, { cookie });
  const begin = async () => {
    const made = await plan();
    const body = { plan: made.plan, typed: 'p-api-runs', confirmWithinS: 300 };
    const { run } = await client('POST /api/topologies/:name/apply', { params, body });
    const { run: entry } = await listener.until(ends(run, 'pending', 'failed', 'refused'));
    expect(entry.outcome).toBe('pending');
    expect(Date.parse(entry.until ?? '')).toBeGreaterThan(Date.now());
    return run;
  };
  const undone = await begin();
  expect((await ports()).split('\n')).toHaveLength(3);
  await client('POST /api/runs/:run/rollback', { params: { run: undone }, body: {} });
  await listener.until(ends(undone, 'undone'));
  expect((await ports()).split('\n')).toHaveLength(2);

  const kept = await begin();
  const answer = await client('POST /api/runs/:run/confirm', { params: { run: kept } });
  expect(answer.hosts).toMatchObject([{ host: 'box', result: 'confirmed' }]);
  await listener.until(ends(kept, 'confirmed'));

  // What was kept is undone by a plan of its own.
  const back = await client('POST /api/runs/:run/plan', { params: { run: kept }, body: {} });
  expect(back.summary.remove).toBeGreaterThan(0);
  const rolled = await client('POST /api/runs/:run/rollback', {
    params: { run: kept },
    body: { plan: back.plan, typed: 'p-api-runs' },
  });
  expect(rolled).toMatchObject({ undoes: kept, hosts: null });
  await listener.until(ends(rolled.run, 'applied'));
  expect((await ports()).split('\n')).toHaveLength(2);
});

test('a run that nobody keeps is told of as undone by its hosts', async () => {
  await site.write(NAME, shop('web1', 'web2', 'web4'));
  await using listener = await listenTo(site.serving.url, { cookie });
  const made = await plan();
  const body = { plan: made.plan, typed: 'p-api-runs', confirmWithinS: 5 };
  const { run } = await client('POST /api/topologies/:name/apply', { params, body });
  await listener.until(ends(run, 'pending'));
  await listener.until(ends(run, 'undone'));
  expect((await ports()).split('\n')).toHaveLength(2);
});

test('whoever comes back is told what he missed; after too long, how things stand', async () => {
  await using first = await listenTo(site.serving.url, { cookie });
  await site.write('new.yaml', shop('a1').replace('p-api-runs', 'p-api-new'));
  await first.until(
    (event): event is LiveEvent & { type: 'file' } => event.type === 'file' && event.name === 'new.yaml',
  );
  const last = first.heard.at(-1)?.id;
  await site.write('new.yaml', shop('a1', 'a2').replace('p-api-runs', 'p-api-new'));
  const changed = (event: LiveEvent): event is LiveEvent & { type: 'file' } =>
    event.type === 'file' && event.name === 'new.yaml' && event.change === 'changed';
  await first.until(changed);
  await using second = await listenTo(site.serving.url, { cookie, ...(last === undefined ? {} : { last }) });
  await second.until(changed);
  expect(second.heard.map(({ event }) => event.type)).not.toContain('reset');
  await using third = await listenTo(site.serving.url, { cookie, last: 'abcdef-1' });
  await third.until((event): event is LiveEvent & { type: 'reset' } => event.type === 'reset');
});

test('the state of hosts: what is up, what is not as it was left, and what changes', async () => {
  await using listener = await listenTo(site.serving.url, { cookie, query: `?watch=${NAME}&lab=true` });
  await listener.until((event): event is LiveEvent & { type: 'state' } => event.type === 'state');
  const status = await client('GET /api/topologies/:name/status', { params, query: { lab: 'true' } });
  const state = (id: string) => status.nodes.find((each) => each.id === id)?.state;
  expect(state('guest:web1')).toBe('up');
  expect(state('bridge:box/br0')).toBe('up');
  const counted = status.live[0]?.links.find(({ name }) => name === 'br0')?.counters;
  expect(counted?.rxPackets).toBeGreaterThanOrEqual(0);
  await execa(process.execPath, [
    ...[MAIN, 'lab', 'exec', join(site.folder, NAME), 'box', '--'],
    ...['ip', 'link', 'set', 'br0', 'down'],
  ]);
  await listener.until(
    (event): event is LiveEvent & { type: 'state' } =>
      event.type === 'state' && event.nodes.some(({ id, state: now }) => id === 'bridge:box/br0' && now === 'down'),
  );
});

test('an audit of the hosts as they are is that of the command line, and takes more than looking', async () => {
  const found = await client('POST /api/topologies/:name/audit', { params, body: { lab: true } });
  const { stdout } = await execa(process.execPath, [MAIN, 'audit', join(site.folder, NAME), '--lab', '-f', 'json'], {
    reject: false,
  });
  const told = JSON.parse(stdout) as { readonly findings: readonly { readonly id: string; readonly about: string }[] };
  const named = (each: { readonly id: string; readonly about: string }): string => `${each.id} ${each.about}`;
  expect(found.subject).toBe('p-api-runs');
  expect(found.findings.map(named).toSorted()).toEqual(told.findings.map(named).toSorted());
  // What somebody does to a host by hand is found there, and not in what the file wants.
  const exec = (...words: readonly string[]) =>
    execa(process.execPath, [...[MAIN, 'lab', 'exec', join(site.folder, NAME), 'box', '--'], ...words]);
  await exec('nft', 'add table ip byhand; add chain ip byhand pre { type nat hook prerouting priority -100; }');
  await exec('nft', 'add rule ip byhand pre tcp dport 2222 dnat to 10.77.0.10:22');
  const after = await client('POST /api/topologies/:name/audit', { params, body: { lab: true } });
  expect(after.ledger.map(({ ports }) => ports)).toContain('2222');
  const planned = await client('GET /api/topologies/:name/audit', { params });
  expect(planned.ledger).toEqual([]);
  await exec('nft', 'delete table ip byhand');
});

test('a token for some topologies sees their runs and events, does what concerns them, and nothing else', async () => {
  const { users, tokens } = site.serving.accounts;
  await users.add('ann', 'apply', PASSWORD, false);
  const tokenFor = async (topology: string): Promise<string> => {
    const expires = Date.now() + 3_600_000;
    return (await tokens.create({ user: 'ann', label: topology, role: 'apply', topologies: [topology], expires }))
      .secret;
  };
  const [own, other] = [await tokenFor(NAME), await tokenFor('other.yaml')];
  const [ours, theirs] = [await site.client(own), await site.client(other)];
  await using mine = await listenTo(site.serving.url, { authorization: `Bearer ${own}` });
  await using foreign = await listenTo(site.serving.url, { authorization: `Bearer ${other}` });
  const isReset = (event: LiveEvent): event is LiveEvent & { type: 'reset' } => event.type === 'reset';
  expect((await mine.until(isReset)).runs.length).toBeGreaterThan(0);
  expect((await foreign.until(isReset)).runs).toEqual([]);

  await site.write(NAME, shop('web1', 'web2', 'web5'));
  const made = await ours('POST /api/topologies/:name/plan', { params, body: { lab: true } });
  const body = { plan: made.plan, confirmWithinS: 60, ...(made.agree.typed === null ? {} : { typed: 'p-api-runs' }) };
  const { run } = await ours('POST /api/topologies/:name/apply', { params, body });
  await mine.until(ends(run, 'pending'));
  expect(mine.heard.map(({ event }) => event.type)).toEqual(expect.arrayContaining(['progress', 'output']));

  const asked = { params: { run } };
  expect((await ours('GET /api/runs', { query: {} })).runs[0]?.run).toBe(run);
  const shown = (await ours('GET /api/runs/:run', asked)).run;
  expect(shown.name).toBe(NAME);
  expect(shown.who).toContain('ann');
  expect((await theirs('GET /api/runs', { query: {} })).runs).toEqual([]);
  for (const attempt of [
    () => theirs('GET /api/runs/:run', asked),
    () => theirs('POST /api/runs/:run/confirm', asked),
    () => theirs('POST /api/runs/:run/plan', { ...asked, body: {} }),
    () => theirs('POST /api/runs/:run/rollback', { ...asked, body: {} }),
    () => theirs('POST /api/topologies/:name/plan', { params, body: { lab: true } }),
  ])
    expect(await failureOf(attempt())).toBe('no-rights');
  const watching = listenTo(site.serving.url, { authorization: `Bearer ${other}`, query: `?watch=${NAME}&lab=true` });
  await expect(watching).rejects.toThrow('answered 403');

  await ours('POST /api/runs/:run/rollback', { ...asked, body: {} });
  await mine.until(ends(run, 'undone'));
  // What is of the other topology comes after all that was not told of this one.
  await site.write('other.yaml', `${OTHER}# changed\n`);
  const ofOther = (event: LiveEvent): event is LiveEvent & { type: 'file' } =>
    event.type === 'file' && event.name === 'other.yaml';
  await foreign.until(ofOther);
  expect(foreign.heard.map(({ event }) => event.type)).toEqual(['reset', 'file']);
  expect(mine.heard.filter(({ event }) => ofOther(event))).toEqual([]);
});
