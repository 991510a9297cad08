/** What is done to hosts, asked of a server: as here, as far as it can be seen without a host that answers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHistory } from '../../server/store/history.ts';
import { historyPath } from '../../server/store/place.ts';
import { openAsking, shown } from './asking.ts';
import type { Asking, Ended } from './asking.ts';

const EMPTY = 'topology: empty\nnetworks:\n  lan: { subnet: 10.1.1.0/24 }\n';
/** Nobody listens there. */
const FAR = `topology: far
networks:
  lan: { subnet: 10.1.1.0/24 }
hosts:
  box: { access: "ssh://root@127.0.0.1:9", bridges: { br0: {} } }
guests:
  web1: { on: box, nics: { lan: 10.1.1.10 }, listens: [80/tcp] }
`;
const EXPOSED = `topology: exposed
networks:
  lan: { subnet: 10.1.1.0/24 }
  wan: { external: true, subnet: 192.0.2.0/24 }
hosts:
  box: { access: local, bridges: { br0: {} } }
guests:
  web1: { on: box, nics: { lan: 10.1.1.10 }, listens: [80/tcp] }
`;

const [FIRST, SECOND, THIRD] = ['20260101T000001-aaaa', '20260101T000002-bbbb', '20260101T000003-cccc'] as const;
const FAR_AWAY = new Date(Date.now() + 86_400_000).toISOString();

let asking: Asking;

beforeAll(async () => {
  asking = await openAsking('apply', {
    ...{ 'empty.yaml': EMPTY, 'far.yaml': FAR, 'exposed.yaml': EXPOSED },
    'wrong.yaml': FAR.replace('10.1.1.10', '10.1.1.300'),
  });
}, 60_000);

afterAll(() => asking[Symbol.asyncDispose]());

/** What was begun on a host that does not answer any more, and what it ended with. */
async function record(
  run: string,
  host: string,
  ended: { readonly confirmed: boolean; readonly until: string | null },
) {
  const history = await openHistory(historyPath());
  try {
    const told = { who: 'ann@desk', run };
    const access = { [host]: `ssh://root@127.0.0.1:${host === 'box' ? '9' : '10'}` };
    const made = { topology: 'far', leaves: { [host]: 3 } };
    await history.append({
      ...{ ...told, at: '2026-01-01T00:00:00.000Z', event: 'begun' },
      body: { topology: 'far', file: null, hosts: access, made },
    });
    await history.append({
      ...{ ...told, at: '2026-01-01T00:00:01.000Z', event: 'ended' },
      body: {
        run,
        topology: 'far',
        hosts: [{ host, result: 'applied', steps: [], verified: true, failure: null, ...ended }],
      },
    });
  } finally {
    await history.close();
  }
}

const both = (args: readonly string[]): Promise<readonly [Ended, Ended]> =>
  Promise.all([asking.run(args), asking.there(args)]);

/** Nothing of what is said may be another, but when it was said. */
const timeless = (ended: Ended): unknown =>
  JSON.parse(
    JSON.stringify(shown(ended))
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\d{8}T\d{6}-[0-9a-f]{4}/g, 'RUN'),
  );

test.each([
  [['plan', 'far.yaml'], 1],
  [['plan', 'far.yaml', '--json'], 1],
  [['plan', 'far.yaml', '--host', 'nobody'], 64],
  [['plan', 'wrong.yaml'], 3],
  [['plan', 'empty.yaml', '--detailed-exitcode'], 0],
  [['plan', 'empty.yaml', '--json'], 0],
  [['apply', 'far.yaml', '--yes'], 1],
  [['apply', 'wrong.yaml', '--yes', '--json'], 3],
  [['apply', 'far.yaml', '--host', 'nobody', '--yes'], 64],
  [['apply', 'empty.yaml', '--yes'], 0],
  [['apply', 'empty.yaml', '--yes', '--json'], 0],
  [['status', 'far.yaml'], 1],
  [['status', 'far.yaml', '--host', 'nobody'], 64],
  [['status', 'wrong.yaml'], 3],
  [['status', 'empty.yaml', '--json'], 0],
  [['plan', 'far.yaml', '--lab'], 1],
  [['audit', 'exposed.yaml', '--planned'], 0],
  [['audit', 'exposed.yaml', '--planned', '-f', 'json'], 0],
  [['audit', 'far.yaml', '--planned', '-f', 'csv', '--fail-on', 'critical'], 0],
  [['audit', 'exposed.yaml', '--planned', '-f', 'nothing'], 64],
  [['audit', 'wrong.yaml', '--planned'], 3],
] as const)('%j', { timeout: 60_000 }, async (args, code) => {
  const [here, there] = await both(args);
  expect(there.code).toBe(code);
  expect(timeless(there)).toEqual(timeless(here));
});

test('runs, and the one that is meant', { timeout: 120_000 }, async () => {
  expect((await asking.there(['confirm'])).stderr).toContain('No run waits here');
  await record(FIRST, 'box', { confirmed: true, until: null });
  await record(SECOND, 'box', { confirmed: false, until: FAR_AWAY });
  const [here, there] = await both(['history']);
  for (const line of here.stdout.trim().split('\n')) expect(there.stdout).toContain(line);
  const [list, listThere] = await both(['history', '--json']);
  const runs = ({ stdout }: Ended): readonly unknown[] => (JSON.parse(stdout) as { runs: readonly unknown[] }).runs;
  expect(runs(listThere)).toMatchObject(runs(list));
  const one = await asking.there(['history', FIRST, '--json']);
  expect(JSON.parse(one.stdout)).toMatchObject({
    runs: [{ run: FIRST, topology: 'far', outcome: 'confirmed', leaves: { box: 3 } }],
    entries: [{ event: 'begun', who: 'ann@desk' }, { event: 'ended' }],
    hosts: [],
  });

  // The host does not answer, and says so through the server as it does here.
  for (const args of [['confirm'], ['rollback'], ['confirm', SECOND, '--json'], ['rollback', FIRST, '--yes']]) {
    const [first, second] = await both(args);
    expect(second.code, args.join(' ')).toBe(1);
    expect(shown(second)).toEqual(shown(first));
  }
  for (const args of [
    ['confirm', 'nothing'],
    ['rollback', THIRD],
    ['history', THIRD],
  ]) {
    const [, ended] = await both(args);
    expect(ended).toMatchObject({ code: 64, stdout: '' });
    expect(ended.stderr).toContain(`There is no run "${String(args[1])}" in the history`);
  }
  await record(THIRD, 'other', { confirmed: false, until: FAR_AWAY });
  const [which, whichThere] = await both(['confirm']);
  expect(whichThere).toEqual(which);
  expect(whichThere.stderr).toContain('Which run?');
});

test('who may not apply is told so, and nothing is begun', { timeout: 60_000 }, async () => {
  const { tokens } = asking.site.serving.accounts;
  const weak = { user: 'ann', label: 'weak', topologies: null, expires: Date.now() + 3_600_000 };
  const { secret: plans } = await tokens.create({ ...weak, role: 'plan' });
  const ended = await asking.there(['apply', 'empty.yaml', '--yes'], { TRUNKLINE_TOKEN: plans });
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  // Nor who may for another topology only; for its own, it may.
  const { secret: one } = await tokens.create({ ...weak, label: 'one', role: 'apply', topologies: ['empty.yaml'] });
  const other = await asking.there(['apply', 'far.yaml', '--yes'], { TRUNKLINE_TOKEN: one });
  expect(other).toMatchObject({ code: 1, stdout: '' });
  const own = await asking.there(['apply', 'empty.yaml', '--yes'], { TRUNKLINE_TOKEN: one });
  expect(own.code).toBe(0);
});

test.each([
  [['plan', 'far.yaml', '-o', 'plan.json'], 'only plans that it has made itself'],
  [['plan', 'far.yaml', '--set', 'a=b'], '--set does not go together with --server'],
  [['audit', 'exposed.yaml', '--host', 'box'], 'looks at all hosts of a topology'],
  [['audit', 'exposed.yaml', '--planned', '--accepted', 'x'], 'lies beside the topology on the server'],
  [['history', '--attempts'], '--attempts does not go together with --server'],
] as const)('%j cannot be asked of a server', { timeout: 60_000 }, async (args, words) => {
  const ended = await asking.there(args);
  expect(ended).toMatchObject({ code: 64, stdout: '' });
  expect(ended.stderr).toContain(words);
});

test('nor can a saved plan be given to it', { timeout: 60_000 }, async () => {
  const path = join(asking.folder, 'saved.json');
  await writeFile(path, JSON.stringify({ formatVersion: 1, topology: 'far', hosts: [{ fingerprint: 'abc' }] }));
  const ended = await asking.there(['apply', path, '--yes']);
  expect(ended).toMatchObject({ code: 64, stdout: '' });
  expect(ended.stderr).toContain('A saved plan cannot be given to a server');
});

test.each([
  [['destroy', 'far.yaml', '--yes']],
  [['import', '--host', 'local']],
  [['snapshot', '--host', 'local', '-o', 'folder']],
  [['trust', 'gw-x.example.net', '--yes']],
  [['lab', 'list']],
  [['lab', 'up', 'far.yaml']],
  [['lab', 'exec', 'far.yaml', 'box', '--', 'true']],
  [['user', 'list']],
])('%j works here only, and refuses while a server is named', { timeout: 60_000 }, async (args) => {
  const verb = args[0] ?? '';
  const [first, ...rest] = verb === 'lab' || verb === 'user' ? args.slice(1) : args;
  const head = verb === 'lab' || verb === 'user' ? [verb, first ?? ''] : [first ?? ''];
  const told = await asking.run([...head, '--server', asking.url, ...rest]);
  const env = await asking.run(args, { TRUNKLINE_SERVER: asking.url });
  for (const { code, stdout, stderr } of [told, env]) {
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(`${verb} cannot be asked of a server`);
  }
  expect(told.stderr).toContain('Leave --server out');
  expect(env.stderr).toContain('TRUNKLINE_SERVER is set');
});

test('what reads files of this machine alone does not look at the environment', { timeout: 60_000 }, async () => {
  const env = { TRUNKLINE_SERVER: asking.url };
  expect((await asking.run(['snapshot', '--script'], env)).code).toBe(0);
  expect((await asking.run(['import', '--snapshot', 'none'], env)).stderr).not.toContain('cannot be asked');
  expect((await asking.run(['schema'], env)).code).toBe(0);
  const there = await asking.run(['import', '--snapshot', 'none', '--server', asking.url]);
  expect(there.stderr).toContain('import cannot be asked of a server');
});
