/** An apply that is killed, and what can be made of the host afterwards: as before, or as wanted, and never a third thing. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../server/core/failure.ts';
import type { Model } from '../../../server/flow/model.ts';
import type { HostConnection } from '../../../server/host/connection.ts';
import { applyModel, destroyModel, runContext } from '../../../server/run/apply.ts';
import { rollbackRun } from '../../../server/run/window.ts';
import type { HostNamespace } from '../../support/host-namespace.ts';
import { hostPicture, samePicture } from '../../support/picture.ts';
import { openWalkHost, walkModels, walkTexts } from '../../support/walk.ts';
import { openRunOn, untilOver } from '../../support/window.ts';
import type { Figures, Rig } from '../row.ts';
import { buildApplier } from './applier.ts';
import type { Applier, Ended, Fault } from './applier.ts';
import { buildShim } from './shim.ts';
import type { Shim } from './shim.ts';
import { randomFrom } from './spoiled.ts';

/** Cases of one change follow each other: what is known of it is found out once. */
const CASES_A_CHANGE = 50;

/** From one random topology, or nothing, to another. */
export interface Change {
  readonly first: Model | null;
  readonly wanted: Model;
  readonly text: string;
  /** How a fresh build of what is wanted looks. */
  readonly picture: string;
  /** The tools that an apply of it starts, when nothing disturbs it. */
  readonly tools: number;
  readonly lastsMs: number;
}

export interface Killing {
  readonly host: HostNamespace;
  readonly change: Change;
  readonly applier: Applier;
  readonly shim: Shim;
  readonly random: () => number;
  readonly args: readonly string[];
}

/** Applies, and kills; says how it went, and since when nobody can hold the host's lock any more (`null`: not known). */
export type Kill = (killing: Killing) => Promise<{ readonly ended: Ended; readonly allDead: boolean }>;

export interface Changes {
  readonly applier: Applier;
  readonly shim: Shim;
  /** The one that a case is about. */
  readonly of: (seed: number) => Promise<Change>;
  readonly close: () => Promise<void>;
}

export async function openChanges(fault?: Fault): Promise<Changes> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-killing-'));
  const shim = buildShim(folder);
  const applier = await buildApplier(await mkdtemp(join(folder, 'program-')), fault);
  let known: { readonly number: number; readonly change: Change } | undefined;
  return {
    applier,
    shim,
    async of(seed) {
      const number = Math.floor((seed - 1) / CASES_A_CHANGE) + 1;
      if (known?.number !== number) known = { number, change: await knowChange(number, applier, shim) };
      return known.change;
    },
    close: () => rm(folder, { recursive: true }),
  };
}

export async function openKilling(kill: Kill, fault?: Fault): Promise<Rig> {
  const changes = await openChanges(fault);
  return {
    async one(seed) {
      const change = await changes.of(seed);
      const host = await hostBefore(change);
      try {
        const armed = seed % 25 === 0;
        const args = armed ? ['--confirm-within', '5s'] : [];
        const before = await hostPicture(host);
        const { ended, allDead } = await kill({ ...changes, host, change, random: randomFrom(seed), args });
        const freeMs = await untilFree(host);
        const freed: Figures = allDead ? { 'worst ms until the lock was free': freeMs } : {};
        const how = armed
          ? await leave(host, before)
          : seed % 2 === 0
            ? await again(host, change)
            : await back(host, change, before);
        return { [ended.exitCode === 0 ? 'lived' : 'killed']: 1, ...freed, ...how };
      } finally {
        await host.close();
      }
    },
    close: () => changes.close(),
  };
}

async function knowChange(number: number, applier: Applier, shim: Shim): Promise<Change> {
  const [first = null, wanted] = walkModels(number, 2);
  const text = walkTexts(number, 2)[1] ?? '';
  if (wanted === undefined) throw new Error('two were asked for');
  const change = { first: number % 3 === 0 ? null : first, wanted, text, picture: '', tools: 0, lastsMs: 0 };
  const host = await hostBefore(change);
  const other = await hostBefore(change);
  const fresh = await openWalkHost();
  try {
    assert.equal((await applier.apply(host, text, { environment: shim.environment({ at: 0 }) })).exitCode, 0);
    const tools = shim.count();
    const { lastedMs } = await applier.apply(other, text);
    assert.deepEqual((await applyModel(wanted, () => fresh.connection)).hosts[0]?.failure, null);
    return { ...change, picture: await hostPicture(fresh), tools, lastsMs: lastedMs };
  } finally {
    for (const each of [host, other, fresh]) await each.close();
  }
}

export async function hostBefore({ first }: Pick<Change, 'first'>): Promise<HostNamespace> {
  const host = await openWalkHost();
  if (first === null) return host;
  const [result] = (await applyModel(first, () => host.connection)).hosts;
  assert.deepEqual(result?.failure, null);
  return host;
}

/** Sessions that outlive whoever opened them finish what they were told; then the host is free. */
async function untilFree(host: HostNamespace): Promise<number> {
  const startedMs = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      await (await host.connection.open({ lock: true })).close();
      return performance.now() - startedMs;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'locked' || attempt > 10) throw error;
    }
  }
}

async function again(host: HostNamespace, { wanted, picture }: Change): Promise<Figures> {
  const [result] = (await applyModel(wanted, () => host.connection)).hosts;
  assert.deepEqual(result?.failure, null);
  samePicture(await hostPicture(host), picture, 'the host after the next apply');
  const [gone] = (await destroyModel(wanted, () => host.connection)).hosts;
  assert.deepEqual(gone?.failure, null);
  return { 'applied again': 1 };
}

async function back(host: HostNamespace, { wanted, picture }: Change, before: string): Promise<Figures> {
  const open = await openRunOn(host);
  if (open === null) {
    const now = await hostPicture(host);
    if (now !== picture) samePicture(now, before, 'the host, where nothing is left to be taken back,');
    return { 'nothing to take back': 1 };
  }
  const connect = (): HostConnection => host.connection;
  const undone = await rollbackRun(open.run, ['here'], runContext(wanted, connect));
  assert.deepEqual(undone[0]?.problems, []);
  samePicture(await hostPicture(host), before, 'the host after rollback');
  return { 'rolled back': 1 };
}

/** Armed: it goes back by itself, here as soon as its time is made to be over. */
async function leave(host: HostNamespace, before: string): Promise<Figures> {
  await sleep(50);
  await host.run('sh', '-c', '[ ! -d /run/trunkline/run ] || echo 1 >/run/trunkline/run/deadline');
  await untilOver(host);
  samePicture(await hostPicture(host), before, 'the host after its watchdog');
  return { 'undone by the watchdog': 1 };
}

export const KILL_FAULTS: readonly { readonly name: string; readonly fault: Fault }[] = [
  { name: 'a run that does not note what it has begun', fault: [' && echo "$k" >"$r/begun"', ''] },
  {
    name: 'an undo that leaves out the batch that was begun last',
    fault: ['undoOf(run.after,', 'undoOf(run.after+1,'],
  },
];
