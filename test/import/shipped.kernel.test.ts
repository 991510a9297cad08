/** Every shipped topology that this kernel can have, as if a person had set it up: imported, its plan adds marks and our own tables alone. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../server/run/plans.ts';
import { showPlan } from '../../server/plan/document.ts';
import { runContext } from '../../server/run/apply.ts';
import { shippedFor } from '../support/shipped.ts';
import { beyondMarks, shippedByHand, shippedModel } from './support/shipped-by-hand.ts';

test.each(shippedFor('any'))('%s', async (name) => {
  const model = await shippedModel(name);
  for (const wanted of model.hosts.values()) {
    const { host, imported, plan, connection } = await shippedByHand(model, wanted);
    try {
      // It takes something over, and does not only list.
      expect([...imported.model.hosts.values()][0]?.bridges, wanted.name).not.toEqual([]);
      const made = await plan();
      const [own] = made.hosts;
      expect(beyondMarks(own?.steps ?? []), wanted.name).toEqual([]);
      expect(
        own?.obstacles.filter(({ sort }) => sort !== 'adoptable'),
        wanted.name,
      ).toEqual([]);
      const run = await applyPlan(showPlan(made), runContext(imported.model, connection), { adopt: true });
      expect(run.hosts, wanted.name).toMatchObject([{ verified: true, failure: null }]);
      expect(
        (await plan()).hosts.flatMap(({ steps }) => steps),
        wanted.name,
      ).toEqual([]);
    } finally {
      await host.close();
    }
  }
});
