import { test } from 'vitest';
import { liveThrough } from '../support/topology-life.ts';

/** What needs 802.1Q and VLAN filtering. */
test.each(['app-vlans'])('%s comes up, meets its expectations and goes', async (name) => {
  await liveThrough(name);
});
