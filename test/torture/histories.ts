import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { HostConnection } from '../../server/host/connection.ts';
import { SESSION_SCRIPT } from '../../server/host/script.ts';
import { applyModel } from '../../server/run/apply.ts';
import { applyUnseen } from '../../server/run/plans.ts';
import { desiredOf } from '../../server/run/take-back.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import { hostPicture } from '../support/picture.ts';
import { modelOf, smallOffice } from '../support/topologies.ts';
import { openRunOn, prepareHost } from '../support/window.ts';
import type { Rig, TortureRow } from './row.ts';
import { doOneThing, PRODUCT } from './support/clients.ts';
import type { State, Told, Way } from './support/clients.ts';
import { explain } from './support/linear.ts';
import { randomFrom } from './support/spoiled.ts';

const MODELS = [1, 2, 3].map((guests) => modelOf(smallOffice({ guests })));
const THINGS = 12;

interface Manner {
  readonly way: Way;
  readonly connect: (host: HostNamespace) => HostConnection;
}

const HONEST: Manner = { way: PRODUCT, connect: ({ connection }) => connection };

async function newHost(): Promise<HostNamespace> {
  const host = await openHostNamespace('here');
  await prepareHost(host);
  return host;
}

/** What the host looks like with each of the topologies, and with none. */
async function knowPictures(): Promise<ReadonlyMap<string, number>> {
  const host = await newHost();
  try {
    const pictures = new Map([[await hostPicture(host), -1]]);
    for (const [at, model] of MODELS.entries()) {
      await applyModel(model, () => host.connection);
      pictures.set(await hostPicture(host), at);
    }
    return pictures;
  } finally {
    await host.close();
  }
}

/** A holder of the lock is killed: how long until somebody else has it. */
async function lockAfterDeath(host: HostNamespace): Promise<number> {
  const [file, ...args] = [...host.prefix, 'sh', '-c', SESSION_SCRIPT, 'trunkline-session', 'lock', 'the one who dies'];
  const holder = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(holder, 'exit');
  await once(holder.stdout, 'data');
  const startedMs = performance.now();
  holder.kill('SIGKILL');
  await (await host.connection.open({ lock: true })).close();
  await gone;
  return performance.now() - startedMs;
}

async function openRig({ way, connect }: Manner): Promise<Rig> {
  const pictures = await knowPictures();
  return {
    async one(seed) {
      const random = randomFrom(seed);
      const clients = 2 + Math.floor(random() * 7);
      const host = await newHost();
      try {
        const freeMs = await lockAfterDeath(host);
        const [known, told]: [string[], Told[]] = [[], []];
        const work = Array.from({ length: clients }, async (_, index) => {
          const client = {
            ...{ name: `client ${String(index + 1)}`, random: randomFrom(seed * 100 + index), models: MODELS },
            ...{ connect: () => connect(host), known, told, way },
          };
          for (let thing = 0; thing < Math.max(2, THINGS / clients); thing += 1) await doOneThing(client);
        });
        await Promise.all(work);
        const at = pictures.get(await hostPicture(host));
        assert(at !== undefined, `the host is as no topology makes it, after:\n${historyText(told)}`);
        const open = (await openRunOn(host))?.run;
        const first: State = { at: -1, open: null, ends: {}, upToDate: [] };
        const order = explain<State>(whole(told), first, (state) => state.at === at && state.open?.run === open);
        assert(order !== null, `no order explains what was told, with ${String(at)} in place:\n${historyText(told)}`);
        return { operations: told.length, clients, 'worst ms until the lock was free': freeMs };
      } finally {
        await host.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

/** A plan reads without the lock: one that was made while somebody wrote may be of something in between. */
function whole(told: readonly Told[]): readonly Told[] {
  return told.map((each) => {
    if (each.writes) return each;
    const torn = told.some(
      (other) => other.writes && other.calledMs < each.returnedMs && each.calledMs < other.returnedMs,
    );
    if (!torn) return each;
    const client = each.name.split(':')[0] ?? '';
    return {
      ...each,
      step: (state) => [...each.step(state), { ...state, upToDate: state.upToDate.filter((name) => name !== client) }],
    };
  });
}

function historyText(told: readonly Told[]): string {
  const startMs = Math.min(...told.map((each) => each.calledMs));
  return told
    .toSorted((a, b) => a.calledMs - b.calledMs)
    .map(
      ({ name, calledMs, returnedMs }) =>
        `${(calledMs - startMs).toFixed(0)}-${(returnedMs - startMs).toFixed(0)} ms ${name}`,
    )
    .join('\n');
}

/** Takes the lock of nobody. */
const lockless = ({ connection }: HostNamespace): HostConnection => ({
  ...connection,
  open: () => connection.open({ lock: false }),
});

/** Goes by what is wanted, and not by what was agreed to. */
const unseen: Way['apply'] = (plan, context) =>
  applyUnseen(
    plan.hosts.map((host) => desiredOf(plan.topology, host)),
    context,
  );

export const histories: TortureRow = {
  invariant: 'I6',
  promise: 'what several clients are told at the same time is as if they had come one after another',
  unit: 'histories of two to eight clients that plan, apply, confirm and roll back on one host',
  target: 1000,
  inCi: 3,
  open: () => openRig(HONEST),
  mutants: [
    { name: 'clients that take no lock', within: 10, open: () => openRig({ ...HONEST, connect: lockless }) },
    {
      name: 'a plan that is carried out though the host has changed',
      within: 20,
      open: () => openRig({ ...HONEST, way: { ...PRODUCT, apply: unseen } }),
    },
    {
      name: 'a confirmation that is not made',
      within: 20,
      open: () => openRig({ ...HONEST, way: { ...PRODUCT, confirm: () => Promise.resolve([]) } }),
    },
  ],
};
