import { test } from 'vitest';
import { lifeOf, shippedFor } from '../support/shipped.ts';
import { liveThrough } from '../support/topology-life.ts';

/** What needs 802.1Q, VLAN filtering or bonding. */
test.each(shippedFor('stock'))('%s comes up, meets its expectations and goes', async (name) => {
  await liveThrough(name, lifeOf(name).set);
});
