import { test } from 'vitest';
import { liveThrough } from '../support/topology-life.ts';

/** The shipped topologies that any kernel can run; the others live in test/vm. */
test.each(['office', 'overlay'])('%s comes up, meets its expectations and goes', async (name) => {
  await liveThrough(name);
});
