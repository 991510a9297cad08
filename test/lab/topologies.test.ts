import { test } from 'vitest';
import { join } from 'node:path';
import { liveThrough, liveThroughFile } from '../support/topology-life.ts';

/** The shipped topologies that any kernel can run; the others live in test/vm. */
test.each(['office', 'overlay'])('%s comes up, meets its expectations and goes', async (name) => {
  await liveThrough(name);
});

test('two gateways on one host, and a network over an IPv6 underlay', async () => {
  await liveThroughFile(join(import.meta.dirname, 'two-gateways.yaml'));
});
