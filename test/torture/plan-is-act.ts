import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../server/core/failure.ts';
import type { ShownPlan } from '../../server/flow/plan.ts';
import type { HostConnection, Program } from '../../server/host/connection.ts';
import { showPlan } from '../../server/plan/document.ts';
import { applyModel, destroyModel, planModel, runContext } from '../../server/run/apply.ts';
import { applyPlan } from '../../server/run/plans.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { hostPicture, samePicture } from '../support/picture.ts';
import { openWalkHost, walkModels, walkTexts } from '../support/walk.ts';
import type { Figures, Rig, TortureRow } from './row.ts';
import { openMonitor } from './support/monitor.ts';
import type { Monitor } from './support/monitor.ts';
import { editPlan } from './support/plan-edits.ts';
import { flowScopes, programsText, shownText } from './support/plan-text.ts';
import { batchProgram, changedPrograms, changedSession, pick, randomFrom, rewrapped } from './support/spoiled.ts';
import { traced } from './support/strace.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

/** What a planted fault changes. */
interface Way {
  readonly apply: typeof applyPlan;
  readonly below: (connection: HostConnection) => HostConnection;
  readonly look: readonly string[];
}

const PRODUCT: Way = { apply: applyPlan, below: (connection) => connection, look: ['plan'] };

/** What somebody does between plan and apply. */
const CHANGES = [
  'ip link set dev br-under down',
  'ip address add 10.200.0.77/24 dev br-under',
  'sysctl -qw net.ipv4.conf.br-under.forwarding=1',
  'ip link set dev eno4 nomaster',
  'ip link set dev br-under mtu 1300',
  'ip link delete dev br-under',
];

async function openRig(way: Way): Promise<Rig> {
  const host = await openWalkHost();
  const monitor = await openMonitor(host);
  return {
    async one(seed) {
      const [first, model] = walkModels(seed, 2);
      if (first === undefined || model === undefined) throw new Error('two were asked for');
      const connect = (): HostConnection => host.connection;
      assert.deepEqual((await applyModel(first, connect)).hosts[0]?.failure, null);
      try {
        const plan = showPlan(await planModel(model, connect));
        const random = randomFrom(seed);
        const context = runContext(model, connect);
        const refused = await refusals(plan, (changed) => way.apply(changed, context), { host, monitor, random });
        const looked = seed % 5 === 1 ? await dryRun(host, monitor, walkTexts(seed, 2)[1] ?? '', way.look) : {};
        const acted = await act(model, host, way);
        return { ...refused, ...looked, ...acted };
      } finally {
        await destroyModel(model, connect);
      }
    },
    async close() {
      await monitor.close();
      await host.close();
    },
  };
}

interface Around {
  readonly host: HostNamespace;
  readonly monitor: Monitor;
  readonly random: () => number;
}

/** A plan that was edited, and one whose host has changed meanwhile: refused, with nothing written. */
async function refusals(
  plan: ShownPlan,
  apply: (plan: ShownPlan) => Promise<unknown>,
  { host, monitor, random }: Around,
): Promise<Figures> {
  const before = await hostPicture(host);
  const refuse = async (changed: ShownPlan, what: string): Promise<void> => {
    const failure = await apply(changed).then(
      () => null,
      (error: unknown) => error,
    );
    assert(failure instanceof Failure, `not refused: ${what}`);
    assert.deepEqual(await monitor.heard(), [], `written in spite of: ${what}`);
  };
  const EDITS = 3;
  await monitor.quiet();
  for (let edit = 0; edit < EDITS; edit += 1) {
    const { changed, what } = editPlan(plan, random);
    await refuse(changed, what);
  }
  samePicture(await hostPicture(host), before);
  const change = pick(random, CHANGES);
  await host.run('sh', '-c', change);
  await monitor.quiet();
  await refuse(plan, change);
  return { 'edited plans refused': EDITS, 'stale plans refused': 1 };
}

/** Carried out, the plan runs what it shows, line by line, and nothing else. */
async function act(model: Parameters<typeof planModel>[0], host: HostNamespace, way: Way): Promise<Figures> {
  const now = showPlan(await planModel(model, () => host.connection));
  const ran: Program[] = [];
  // Closest to the host, where nothing can come between any more.
  const recording: HostConnection = {
    ...host.connection,
    open: async (options) => {
      const session = await host.connection.open(options);
      return changedSession(session, (programs) => {
        ran.push(...programs.flatMap((program) => batchProgram(program)?.program ?? []));
        return session.run(programs);
      });
    },
  };
  const result = await applyPlan(
    now,
    runContext(model, () => way.below(recording)),
  );
  assert.deepEqual(result.hosts[0]?.failure, null);
  assert.deepEqual(programsText(ran), shownText(now));
  const agreed = now.hosts.flatMap(({ steps }) => steps.flatMap(({ cutsFlowsIn }) => cutsFlowsIn ?? []));
  assert.deepEqual(
    flowScopes(ran).filter((scope) => !agreed.includes(scope)),
    [],
    'flows that nobody was told of are looked at',
  );
  return {
    'plans carried out': 1,
    'lines as shown': shownText(now).length,
  };
}

/** `plan` and `status` by the command itself: no message that changes anything, no file of the host's. */
async function dryRun(host: HostNamespace, monitor: Monitor, text: string, look: readonly string[]): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-dry-'));
  try {
    const file = join(folder, 'walk.json');
    await writeFile(file, text);
    await monitor.quiet();
    let asked = 0;
    for (const verb of [look, ['status']]) {
      const argv = [...host.prefix, process.execPath, MAIN, ...verb, file];
      const own =
        /^\/dev\/|^\/run\/trunkline\.(\w{6}(\/|$)|\d+\.(in|out|err)$|read\.\d+\.[3-8]$)|^\/tmp\/tmp\.\w{10}(\/|$)|^\/proc\/self\//;
      const said = await traced(argv, (path) => own.test(path) || path.startsWith(folder));
      assert(said.asked > 0, `nothing was asked by ${verb.join(' ')}:\n${said.output}`);
      assert.deepEqual(said.writes, [], verb.join(' '));
      asked += said.asked;
    }
    assert.deepEqual(await monitor.heard(), []);
    return { 'commands traced': 2, 'messages traced': asked };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An nft transaction gets a line that nobody has seen. */
const slipping = (connection: HostConnection): HostConnection =>
  changedPrograms(connection, (program) => {
    const own = batchProgram(program)?.program;
    if (own?.argv.includes('-batch') !== true) return program;
    const stdin = `${own.stdin?.toString() ?? ''}link set dev lo alias slipped\n`;
    return rewrapped(program, { argv: own.argv, stdin });
  });

/** Does what the host needs by now, whatever was agreed to. */
const obliging: typeof applyPlan = (plan, context) =>
  applyModel(walkModels(1, 1)[0] ?? assert.fail(), () => context.connectionOf(plan.hosts[0]?.host ?? ''));

export const planIsAct: TortureRow = {
  invariant: 'I11',
  promise: 'what is run is what was shown and agreed to, line by line; looking writes nothing',
  unit: 'plans, each edited three times, made stale, and carried out; every fifth looked at with strace',
  target: 200,
  inCi: 3,
  open: () => openRig(PRODUCT),
  mutants: [
    { name: 'a line that nobody was shown', within: 2, open: () => openRig({ ...PRODUCT, below: slipping }) },
    { name: 'an apply that goes by the host alone', within: 1, open: () => openRig({ ...PRODUCT, apply: obliging }) },
    { name: 'a look that writes', within: 1, open: () => openRig({ ...PRODUCT, look: ['apply', '--yes'] }) },
  ],
};
