import assert from 'node:assert/strict';
import type { Model } from '../../server/flow/model.ts';
import type { HostConnection, HostSession, Program } from '../../server/host/connection.ts';
import { desiredStates, runContext, applyModel, planModel } from '../../server/run/apply.ts';
import { executeSteps } from '../../server/run/execute.ts';
import { batchesOf } from '../../server/run/inverse.ts';
import { applyUnseen } from '../../server/run/plans.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { hostPicture, samePicture } from '../support/picture.ts';
import { openWalkHost, walkModels } from '../support/walk.ts';
import type { Figures, Rig, TortureRow } from './row.ts';
import { batchProgram, changedPrograms, changedSession, pick, randomFrom, rewrapped } from './support/spoiled.ts';

type Apply = (model: Model, connection: HostConnection) => Promise<'applied' | 'refused'>;

/** As the product does it. */
const verified: Apply = async (model, connection) => {
  const [host] = (
    await applyUnseen(
      desiredStates(model),
      runContext(model, () => connection),
    )
  ).hosts;
  return host?.failure === null ? 'applied' : 'refused';
};

/** Who believes the exit codes of the tools. */
const believing: Apply = async (model, connection) => {
  const [plan] = (await planModel(model, () => connection)).hosts;
  const session = await connection.open({ lock: true });
  try {
    const { failure } = await executeSteps(session, plan?.steps ?? [], asBatch);
    return failure === null ? 'applied' : 'refused';
  } finally {
    await session.close();
  }
};

const asBatch = ({ argv, stdin }: Program, batch: number): Program => ({
  argv: ['sh', '-c', 'shift; exec "$@"', 'trunkline-batch', String(batch), ...argv],
  ...(stdin === undefined ? {} : { stdin }),
});

/** The lines that a program does, or the program as a whole where it has none. */
function unitsOf({ stdin, argv }: Program): number {
  const lines = stdin?.toString().trimEnd().split('\n').length ?? 0;
  return argv.includes('-batch') || argv.includes('nft') || argv[0] === 'sh' ? Math.max(1, lines) : 1;
}

/** Says it did, and left out one line of its input; of a program of one line, all of it. */
function without(program: Program, unit: number): Program {
  if (unitsOf(program) === 1) return { argv: ['true'] };
  const lines = program.stdin?.toString().trimEnd().split('\n') ?? [];
  return { ...program, stdin: `${lines.filter((_, index) => index !== unit).join('\n')}\n` };
}

const DRIFT = [
  'ip link set dev br-under down',
  'ip address add 10.200.0.77/24 dev br-under',
  'ip address flush dev br-under',
  'sysctl -qw net.ipv4.conf.br-under.forwarding=1',
  'ip link set dev eno4 nomaster',
  'ip link set dev br-under mtu 1300',
  'ip link delete dev br-under',
  'ip link set dev br-under alias nobody',
  'ip link set dev br-under address 02:00:00:00:99:99',
];

/** Somebody changes something between the last command and the look at what came of it. */
function drifting(host: HostNamespace, drift: string): HostConnection {
  const open: HostConnection['open'] = async (options) => {
    const session = await host.connection.open(options);
    const run: HostSession['run'] = async (programs) => {
      // The sign of life before each look.
      const looks = programs.some((each) => batchProgram(each)?.program.argv[0] === 'true');
      if (looks) await host.run('sh', '-c', `${drift} 2>/dev/null; exit 0`);
      return session.run(programs);
    };
    return changedSession(session, run);
  };
  return { ...host.connection, open };
}

async function lie(seed: number, host: HostNamespace, apply: Apply): Promise<Figures> {
  const random = randomFrom(seed);
  const [first, model] = walkModels(seed, 2);
  if (first === undefined || model === undefined) throw new Error('two were asked for');
  if (random() < 0.5) await applyModel(first, () => host.connection);
  const [plan] = (await planModel(model, () => host.connection)).hosts;
  const units = batchesOf(plan?.steps ?? []).flatMap(({ program }, index) =>
    Array.from({ length: unitsOf(program) }, (_, unit) => ({ batch: index + 1, unit })),
  );
  const drifts = units.length === 0 || seed % 10 === 0;
  let connection: HostConnection;
  let what = '';
  if (drifts) {
    what = pick(random, DRIFT);
    connection = drifting(host, what);
  } else {
    const { batch, unit } = pick(random, units);
    let done = false;
    connection = changedPrograms(host.connection, (program) => {
      const own = batchProgram(program);
      // A sweep is a second program of its batch.
      if (own?.batch !== batch || own.program.argv[0] === 'true' || done) return program;
      done = true;
      what = `${own.program.argv.join(' ').slice(0, 80)}, line ${String(unit + 1)}: ${own.program.stdin?.toString().split('\n')[unit] ?? ''}`;
      return rewrapped(program, without(own.program, unit));
    });
  }
  const said = await apply(model, connection);
  const fresh = await openWalkHost();
  try {
    await applyModel(model, () => fresh.connection);
    const wanted = await hostPicture(fresh);
    // A line that does nothing can be left out: then it is as intended, and may be said to be.
    if (said === 'applied')
      samePicture(await hostPicture(host), wanted, `said to be applied, without ${what}: the host`);
    assert.deepEqual((await applyModel(model, () => host.connection)).hosts[0]?.failure, null);
    samePicture(await hostPicture(host), wanted, `the host after the next apply, without ${what}`);
  } finally {
    await fresh.close();
  }
  return { [drifts ? 'changes in between' : 'lies']: 1, caught: said === 'refused' ? 1 : 0 };
}

function openRig(apply: Apply): Promise<Rig> {
  return Promise.resolve({
    async one(seed) {
      const host = await openWalkHost();
      try {
        return await lie(seed, host, apply);
      } finally {
        await host.close();
      }
    },
    close: () => Promise.resolve(),
  });
}

export const lyingTools: TortureRow = {
  invariant: 'I8',
  promise: 'what is said to be applied is what a fresh build is, whatever tools say they did',
  unit: 'applies in which one line of one command is left out, or somebody changes something before the look at the result',
  target: 2000,
  inCi: 6,
  open: () => openRig(verified),
  mutants: [{ name: 'an apply that believes exit codes', within: 10, open: () => openRig(believing) }],
};
