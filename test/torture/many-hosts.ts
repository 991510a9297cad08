import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Model } from '../../server/flow/model.ts';
import type { Plan } from '../../server/flow/plan.ts';
import type { HostRunResult, RunResult } from '../../server/flow/run.ts';
import { showPlan } from '../../server/plan/document.ts';
import { wavesOf } from '../../server/plan/waves.ts';
import { applyModel, destroyModel, planModel, runContext } from '../../server/run/apply.ts';
import type { Consent } from '../../server/run/consent.ts';
import type { RunContext } from '../../server/run/context.ts';
import { partsOf } from '../../server/run/parts.ts';
import { applyPlan } from '../../server/run/plans.ts';
import { framesProgram } from '../support/frames.ts';
import { runInTurn } from '../support/in-turn.ts';
import type { PlannedFault } from '../support/in-turn.ts';
import { oneOf, seeded } from '../support/seeded.ts';
import { openWiredHosts } from '../support/wired-hosts.ts';
import type { WiredHosts } from '../support/wired-hosts.ts';
import { openGuests } from './many-hosts/guests.ts';
import type { Guests } from './many-hosts/guests.ts';
import { HOSTS, mayReach, randomTown, townModel } from './many-hosts/town.ts';
import type { Town } from './many-hosts/town.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

/** What a planted fault makes of a run. */
interface Faulty {
  readonly wavesOf?: RunContext['wavesOf'];
  readonly consent?: Consent;
}

async function openRig(faulty: Faulty = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-hosts-'));
  const program = framesProgram(folder);
  const wired = await openWiredHosts(HOSTS);
  return {
    one: (seed) => oneChange(seed, { wired, program, faulty }),
    async close() {
      await wired.close();
      await rm(folder, { recursive: true });
    },
  };
}

interface Site {
  readonly wired: WiredHosts;
  readonly program: string;
  readonly faulty: Faulty;
}

async function oneChange(seed: number, { wired, program, faulty }: Site): Promise<Figures> {
  const random = seeded(seed);
  const towns = [randomTown(random), randomTown(random)] as const;
  const [old, wanted] = [townModel(towns[0]), townModel(towns[1])];
  await applyModel(old, wired.connectionOf).then(refuseFailed);
  const guests = openGuests(wired, program, [old, wanted]);
  try {
    await guests.speak(0);
    const figures = await change({ seed, towns, old, wanted, guests, random, wired, faulty });
    return figures;
  } finally {
    await guests.close();
    await destroyModel(old, wired.connectionOf).then(refuseFailed);
  }
}

interface Change {
  readonly seed: number;
  readonly towns: readonly [Town, Town];
  readonly old: Model;
  readonly wanted: Model;
  readonly guests: Guests;
  readonly random: () => number;
  readonly wired: WiredHosts;
  readonly faulty: Faulty;
}

async function change({ seed, towns, old, wanted, guests, random, wired, faulty }: Change): Promise<Figures> {
  const plan = await planModel(wanted, wired.connectionOf);
  const fault = random() < 0.25 ? null : faultIn(plan, random);
  const keepGoing = random() < 0.3;
  let round = 0;
  const turn = runInTurn({
    connectionOf: wired.connectionOf,
    random,
    fault,
    atCut: () => guests.speak((round += 1)),
  });
  const context = {
    ...runContext(wanted, turn.connectionOf),
    ...(faulty.wavesOf === undefined ? {} : { wavesOf: faulty.wavesOf }),
  };
  const result = await applyPlan(showPlan(plan), context, { keepGoing, ...faulty.consent });
  await setTimeout(30);
  refuseLeaks(seed, towns, guests.heard());
  const differences = new Map<string, { readonly old: number; readonly wanted: number }>();
  const [toOld, toWanted] = [await planModel(old, wired.connectionOf), await planModel(wanted, wired.connectionOf)];
  for (const host of HOSTS) differences.set(host, { old: stepsLeft(toOld, host), wanted: stepsLeft(toWanted, host) });
  for (const host of result.hosts) refuseMisreported(seed, host, differences.get(host.host));
  if (!keepGoing) refuseMixed(seed, result);
  const failed = result.hosts.some((host) => host.failure !== null) ? 1 : 0;
  return { 'cuts probed': turn.cuts(), 'words heard': guests.heard().length, 'runs that failed': failed };
}

/** One of the commands of one of the hosts. */
function faultIn({ hosts }: Plan, random: () => number): PlannedFault | null {
  const commands = hosts.flatMap((host) => partsOf(host).batches.map((_, batch) => ({ host: host.host, batch })));
  const sort = oneOf(random, ['refused', 'forged', 'killed'] as const);
  return commands.length === 0 ? null : { ...oneOf(random, commands), sort };
}

/** What neither the old state nor the new allows was heard by nobody. */
function refuseLeaks(seed: number, towns: readonly [Town, Town], heard: readonly string[]): void {
  for (const word of heard) {
    const [ends = ''] = word.split(' ');
    const [from = '', to = ''] = ends.split('>');
    if (towns.some((town) => mayReach(town, from, to))) continue;
    throw new Error(`seed ${String(seed)}: ${word} was heard, which both states deny`);
  }
}

function stepsLeft(plan: Plan, host: string): number {
  return plan.hosts.find((each) => each.host === host)?.steps.length ?? 0;
}

function refuseMisreported(
  seed: number,
  { host, result }: HostRunResult,
  left: { readonly old: number; readonly wanted: number } | undefined,
): void {
  if (left === undefined) throw new Error(`no host ${host}`);
  const isNew = left.wanted === 0;
  const isOld = left.old === 0;
  const fits = result === 'applied' || result === 'unchanged' ? isNew : result === 'failed' ? false : isOld;
  if (!fits) throw new Error(`seed ${String(seed)}: ${host} is said to be ${result}: ${JSON.stringify(left)}`);
}

/** All of them, or none. */
function refuseMixed(seed: number, { hosts }: RunResult): void {
  const failed = hosts.some((host) => host.failure !== null);
  const mixed = hosts.filter(({ result }) =>
    failed ? result === 'applied' : result !== 'applied' && result !== 'unchanged',
  );
  if (mixed.length > 0)
    throw new Error(`seed ${String(seed)}: ${JSON.stringify(hosts.map(({ host, result }) => [host, result]))}`);
}

function refuseFailed({ hosts }: RunResult): void {
  const failure = hosts.find((host) => host.failure !== null)?.failure;
  if (failure !== null && failure !== undefined) throw new Error(JSON.stringify(failure));
}

/** I19. One case changes a topology over three hosts, with a look at every cut between two of its commands, and mostly a fault. */
export const manyHosts: TortureRow = {
  invariant: 'I19',
  promise: 'over many hosts, all are new or all are old, and on the way nothing passes that both deny',
  unit: 'changes over three hosts',
  target: 2000,
  inCi: 3,
  open: () => openRig(),
  mutants: [
    {
      name: 'hosts that do not wait for each other',
      within: 12,
      open: () =>
        openRig({
          wavesOf: (hosts, options) => wavesOf(hosts, options).map((wave) => ({ ...wave, together: false })),
        }),
    },
    {
      name: 'a run that goes on where it should go back',
      within: 12,
      open: () =>
        openRig({
          wavesOf: (hosts) =>
            hosts
              .filter(({ steps }) => steps.length > 0)
              .map(({ host }) => ({ hosts: [host], together: false, canary: null })),
          consent: { keepGoing: true },
        }),
    },
  ],
};
