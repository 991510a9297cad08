/**
 * Plans that hit the way by which they are applied, each really carried out: what is flagged beforehand is what then lets no new
 * connection come, and nothing else is.
 */
import { setTimeout } from 'node:timers/promises';
import type { Model } from '../../server/flow/model.ts';
import type { Plan } from '../../server/flow/plan.ts';
import type { DesiredState } from '../../server/flow/resource.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { KINDS } from '../../server/kinds/index.ts';
import type { Kind } from '../../server/kinds/kind.ts';
import { planHost } from '../../server/plan/host.ts';
import { showPlan } from '../../server/plan/document.ts';
import { desiredStates, emptyStates } from '../../server/run/apply.ts';
import type { RunContext } from '../../server/run/context.ts';
import { observeFor } from '../../server/run/observe.ts';
import { applyPlan, makePlan } from '../../server/run/plans.ts';
import { rollbackRun } from '../../server/run/window.ts';
import { openSshHost } from '../support/ssh-host.ts';
import type { SshHost } from '../support/ssh-host.ts';
import { modelOf } from '../support/topologies.ts';
import { diceOf } from './own-path/dice.ts';
import { harmless, WORLDS } from './own-path/worlds.ts';
import type { Text, World } from './own-path/worlds.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

/** For each plan that is carried out so many that are only made, and hurt nobody. */
const ONLY_PLANNED = 9;
const LONG_S = 600;

const CASES = WORLDS.flatMap((world) => Object.keys(world.changes).map((change) => ({ world, change })));

interface Judge {
  readonly kinds: readonly Kind[];
  /** What is made of the plan's own word. */
  readonly flagged: (plan: Plan) => boolean;
}

const HONEST: Judge = { kinds: KINDS, flagged: (plan) => plan.hosts.some(({ cuts }) => cuts.length > 0) };

export const ownPath: TortureRow = {
  invariant: 'I22',
  promise: 'a plan that cuts the way it is applied by is recognised beforehand, and no other is',
  unit: 'plans tried out',
  target: 60,
  inCi: 5,
  open: () => openRig(HONEST),
  mutants: [
    { name: 'a judge that sees nothing', within: 3, open: () => openRig({ ...HONEST, flagged: () => false }) },
    { name: 'a judge that sees it everywhere', within: 3, open: () => openRig({ ...HONEST, flagged: () => true }) },
    { name: 'addresses that nobody looks at', within: 3, open: () => openRig({ ...HONEST, kinds: blind('address') }) },
  ],
};

/** The kinds, one of which says that its changes touch nothing. */
function blind(name: string): readonly Kind[] {
  return KINDS.map((kind) => (kind.name === name ? { ...kind, touches: () => [] } : kind));
}

function openRig(judge: Judge): Promise<Rig> {
  const open = new Map<string, Promise<SshHost>>();
  const hostOf = (world: World): Promise<SshHost> => {
    const found = open.get(world.name) ?? openWorld(world);
    open.set(world.name, found);
    return found;
  };
  return Promise.resolve({
    one: async (seed) => {
      // Neighbouring seeds are of different worlds, and of changes far from each other in the list.
      const found = CASES[(seed * 17) % CASES.length];
      if (found === undefined) throw new TypeError('no case');
      return tryOut(found.world, found.change, seed, await hostOf(found.world), judge);
    },
    close: async () => {
      for (const host of await Promise.all(open.values())) await host.close();
    },
  });
}

async function openWorld({ host, desk, address, base }: World): Promise<SshHost> {
  const far = await openSshHost({ host, desk, address });
  if (base === null) return far;
  const context = contextOf(() => far.host.connection, KINDS);
  const plan = await makePlan(desiredOf(base), context);
  const { hosts } = await applyPlan(showPlan(plan), context);
  if (hosts.some(({ failure }) => failure !== null))
    throw new Error(JSON.stringify(hosts.map(({ failure }) => failure)));
  return far;
}

function contextOf(connectionOf: () => HostConnection, kinds: readonly Kind[]): RunContext {
  return { kinds, connectionOf };
}

function desiredOf(text: Text | null): readonly DesiredState[] {
  return text === null ? emptyStates('b-own', ['far']) : desiredStates(modelFor(text));
}

function modelFor(text: Text): Model {
  return modelOf(JSON.stringify(text));
}

async function tryOut(world: World, change: string, seed: number, far: SshHost, judge: Judge): Promise<Figures> {
  const dice = diceOf(seed);
  const text = world.changes[change]?.(dice) ?? null;
  const what = `${world.name}: ${change}`;
  if (!(await reached(far, 8000))) throw new Error(`${what}: nobody answers before anything is changed`);
  const plan = await makePlan(
    desiredOf(text),
    contextOf(() => far.connect(), judge.kinds),
  );
  if (plan.hosts.some(({ obstacles }) => obstacles.length > 0))
    throw new Error(`${what}: ${JSON.stringify(plan.hosts[0]?.obstacles)}`);
  const flagged = judge.flagged(plan);
  const alarms = await falseAlarms(world, far, dice, judge);
  if (alarms.length > 0) throw new Error(`${what}: harmless plans are flagged: ${alarms.join('\n')}`);
  const stands = await standsAfter(far, text, !flagged);
  if (flagged === stands)
    throw new Error(
      `${what}: ${flagged ? 'flagged, and does not cut' : 'cuts, and is not flagged'}: ${JSON.stringify(plan.hosts[0]?.cuts)}`,
    );
  return { [flagged ? 'flagged, and cut' : 'not flagged, and stood']: 1, 'harmless plans not flagged': ONLY_PLANNED };
}

/** Carried out from the host's own side, and undone. */
async function standsAfter(far: SshHost, text: Text | null, hopeful: boolean): Promise<boolean> {
  const context = contextOf(() => far.host.connection, KINDS);
  const plan = showPlan(await makePlan(desiredOf(text), context));
  const { run, hosts } = await applyPlan(plan, context, { confirmWithinS: LONG_S });
  if (hosts.some(({ failure }) => failure !== null))
    throw new Error(JSON.stringify(hosts.map(({ failure }) => failure)));
  const stands = await reached(far, hopeful ? 8000 : 2500);
  if (hosts.some(({ result }) => result === 'applied')) await rollbackRun(run, ['far'], context);
  return stands;
}

/** What neighbours remember of each other they forget by themselves, but not at once. */
async function reached(far: SshHost, withinMs: number): Promise<boolean> {
  const limit = Date.now() + withinMs;
  for (;;) {
    await far.desk.run('ip', 'neigh', 'flush', 'all');
    if (await far.answers(1000)) return true;
    if (Date.now() > limit) return false;
    await setTimeout(100);
  }
}

async function falseAlarms(
  { base, name }: World,
  far: SshHost,
  dice: ReturnType<typeof diceOf>,
  { kinds, flagged }: Judge,
): Promise<readonly string[]> {
  const texts = Array.from({ length: ONLY_PLANNED }, () =>
    harmless(structuredClone(base ?? { ...EMPTY, networks: {}, guests: {} }), dice),
  );
  const session = await far.connect().open({ lock: false });
  try {
    const [state] = desiredOf(texts[0] ?? null);
    if (state === undefined) throw new TypeError('no host');
    const view = await observeFor(session, state, kinds);
    if (view.path === undefined) throw new Error(`${name}: the way to the host was not read`);
    return texts.flatMap((text) => {
      const hosts = desiredStates(modelFor(text)).map((each) => planHost(each, view, kinds));
      if (hosts.every(({ steps }) => steps.length === 0)) throw new Error(`no change: ${JSON.stringify(text)}`);
      const plan = {
        formatVersion: 1,
        topology: 'b-own',
        hosts,
        summary: { add: 0, change: 0, remove: 0, replace: 0, hosts: 1 },
      };
      return flagged(plan) ? [JSON.stringify([hosts[0]?.cuts, text])] : [];
    });
  } finally {
    await session.close();
  }
}

const EMPTY = {
  topology: 'b-own',
  get hosts() {
    return { far: { access: 'ssh://root@10.9.0.1', bridges: {}, nics: {} } };
  },
};
