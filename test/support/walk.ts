import fc from 'fast-check';
import { expect } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { applyModel, destroyModel, planModel } from '../../server/run/apply.ts';
import { openHostNamespace } from './host-namespace.ts';
import type { HostNamespace } from './host-namespace.ts';
import { hostPicture } from './picture.ts';
import { sketchText, UPLINKS } from './random-topology.ts';
import type { Sketch } from './random-topology.ts';

async function machine(): Promise<HostNamespace> {
  const host = await openHostNamespace('here');
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
  for (const device of UPLINKS) {
    await host.run('ip', 'link', 'add', 'name', device, 'type', 'veth', 'peer', 'name', `x-${device}`);
    await host.run('ip', 'link', 'set', 'dev', device, 'up');
  }
  return host;
}

async function applied(host: HostNamespace, model: Model): Promise<void> {
  const result = await applyModel(model, () => host.connection);
  expect(result.hosts[0]?.failure).toBeNull();
  expect((await planModel(model, () => host.connection)).hosts[0]?.steps).toEqual([]);
}

/**
 * However a state is reached, it is the same: each topology of a walk is applied over the one before, and then the plan is empty;
 * the last is equal to a fresh build of it; destroyed, nothing is left.
 */
export async function checkWalks(sketches: fc.Arbitrary<Sketch>, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(sketches, { minLength: 2, maxLength: 4 }), async (walk) => {
      const models = walk.flatMap((sketch) => {
        const text = sketchText(sketch);
        const { model, diagnostics } = compileText({ file: 'walk.json', text });
        // A sketch may come to something that is refused (no guest on a network, say); what is refused is not this test's.
        if (model === null && process.env['WALK_SHOW'] === '1')
          console.log(diagnostics.filter((each) => each.severity === 'error').map((each) => each.detail));
        return model === null ? [] : [model];
      });
      const last = models.at(-1);
      if (last === undefined) return;
      const walked = await machine();
      const fresh = await machine();
      try {
        const empty = await hostPicture(walked);
        for (const model of models) await applied(walked, model);
        await applied(fresh, last);
        expect(await hostPicture(walked)).toBe(await hostPicture(fresh));
        const result = await destroyModel(last, () => walked.connection);
        expect(result.hosts[0]?.failure).toBeNull();
        expect(await hostPicture(walked)).toBe(empty);
      } finally {
        await walked.close();
        await fresh.close();
      }
    }),
    {
      numRuns: runs,
      endOnFailure: true,
      // The same walks every time, so that a red run is about the change at hand; WALK_SEED takes others.
      seed: Number(process.env['WALK_SEED'] ?? 1),
    },
  );
}
