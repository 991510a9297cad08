import fc from 'fast-check';
import { expect } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { applyModel, destroyModel, planModel } from '../../server/run/apply.ts';
import { openHostNamespace } from './host-namespace.ts';
import type { HostNamespace } from './host-namespace.ts';
import { hostPicture, samePicture } from './picture.ts';
import { sketches, sketchText, UPLINKS } from './random-topology.ts';

/** A host with the ports that random topologies use. */
export async function openWalkHost(): Promise<HostNamespace> {
  const host = await openHostNamespace('here');
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
  for (const device of UPLINKS) {
    await host.run('ip', 'link', 'add', 'name', device, 'type', 'veth', 'peer', 'name', `x-${device}`);
    await host.run('ip', 'link', 'set', 'dev', device, 'up');
  }
  return host;
}

export interface WalkOptions {
  readonly vlans?: boolean;
}

/** So many topologies from a seed, in their order: the same ones every time. */
export function walkTexts(seed: number, count: number, { vlans = false }: WalkOptions = {}): readonly string[] {
  const texts: string[] = [];
  for (let draw = 0; texts.length < count; draw += 1) {
    const [sketch] = fc.sample(sketches({ vlans }), { seed: seed * 1000 + draw, numRuns: 1 });
    if (sketch === undefined) throw new Error('nothing was drawn');
    const text = sketchText(sketch);
    // A sketch may come to something that is refused (two own addresses in one stack, say): another is drawn then.
    if (compileText({ file: 'walk.json', text }).model !== null) texts.push(text);
    if (draw >= 999) throw new Error(`seed ${String(seed)} gives no topology`);
  }
  return texts;
}

export function walkModels(seed: number, count: number, options: WalkOptions = {}): readonly Model[] {
  return walkTexts(seed, count, options).map((text) => {
    const { model } = compileText({ file: 'walk.json', text });
    if (model === null) throw new Error('it compiled before');
    return model;
  });
}

export interface WalkSteps {
  /** After each apply of the walk, before it is looked at: where a fault is planted. */
  readonly spoil?: (host: HostNamespace) => Promise<unknown>;
}

/**
 * However a state is reached, it is the same: each topology of a walk is applied over the one before, and then the plan is empty;
 * the last is equal to a fresh build of it; destroyed, nothing is left.
 */
export async function checkWalk(models: readonly Model[], { spoil }: WalkSteps = {}): Promise<void> {
  const last = models.at(-1);
  if (last === undefined) throw new Error('a walk of no topologies');
  const walked = await openWalkHost();
  const fresh = await openWalkHost();
  const applied = async (host: HostNamespace, model: Model): Promise<void> => {
    const result = await applyModel(model, () => host.connection);
    expect(result.hosts[0]?.failure).toBeNull();
    if (host === walked) await spoil?.(host);
    const plan = await planModel(model, () => host.connection);
    expect(plan.hosts[0]?.steps.map(({ action, title }) => `${action} ${title}`)).toEqual([]);
    expect(plan.hosts[0]?.obstacles).toEqual([]);
  };
  try {
    const empty = await hostPicture(walked);
    for (const model of models) await applied(walked, model);
    await applied(fresh, last);
    samePicture(await hostPicture(walked), await hostPicture(fresh), 'the host at the end of the walk');
    const result = await destroyModel(last, () => walked.connection);
    expect(result.hosts[0]?.failure).toBeNull();
    samePicture(await hostPicture(walked), empty, 'the host after destroy');
  } finally {
    await walked.close();
    await fresh.close();
  }
}
