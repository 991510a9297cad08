/** What Trunkline does with a machine, as the tests ask for it. */
import { expect } from 'vitest';
import type { Model } from '../../../server/flow/model.ts';
import type { HostRunResult } from '../../../server/flow/run.ts';
import { driftOf } from '../../../server/plan/document.ts';
import { applyModel, destroyModel, planModel } from '../../../server/run/apply.ts';
import { hostPicture } from '../picture.ts';
import type { DiskMachine } from './machine.ts';

/**
 * Everything that the machine shows of its networks, as text; see test/support/picture.ts. Left out is the queue that a NIC has
 * from the first time on that it is up, and what a bridge with a spanning tree does while that settles.
 */
export async function machinePicture(machine: DiskMachine): Promise<string> {
  const picture = await hostPicture({
    async run(...argv) {
      const { exitCode, stdout, stderr } = await machine.run(argv);
      if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
      return stdout;
    },
  });
  return settled(picture.replaceAll(/ qdisc (noop|fq_codel) /g, ' '));
}

/** Without timers, and without what the spanning tree changes by itself: that it has changed, and the ageing meanwhile. */
export function settled(links: string): string {
  return links.replaceAll(/ (ageing_time|topology_change(_detected)?|\w+_timer) +[\d.]+/g, '');
}

/** Applies, and expects it to be verified. */
export async function apply(machine: DiskMachine, model: Model): Promise<HostRunResult['result'] | undefined> {
  return whole((await applyModel(model, () => machine.connection)).hosts[0]);
}

export async function destroy(machine: DiskMachine, model: Model): Promise<HostRunResult['result'] | undefined> {
  return whole((await destroyModel(model, () => machine.connection)).hosts[0]);
}

function whole(host: HostRunResult | undefined): HostRunResult['result'] | undefined {
  expect(host).toMatchObject({ failure: null, verified: true });
  return host?.result;
}

export interface Status {
  /** How many resources are as wanted. */
  readonly unchanged: number | undefined;
  /** `RESOURCE FIELD`, sorted. */
  readonly drift: readonly string[];
  /** What stands in the way. */
  readonly foreign: readonly string[];
}

export async function status(machine: DiskMachine, model: Model): Promise<Status> {
  const [host] = (await planModel(model, () => machine.connection)).hosts;
  return {
    unchanged: host?.unchanged,
    drift:
      host === undefined
        ? []
        : driftOf(host)
            .map(({ resource, field }) => `${resource} ${field}`)
            .sort(),
    foreign: host?.obstacles.map(({ detail }) => detail) ?? [],
  };
}
