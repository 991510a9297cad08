import { test } from 'vitest';
import { join } from 'node:path';
import { lifeOf, shippedFor } from '../support/shipped.ts';
import { liveThrough, liveThroughFile } from '../support/topology-life.ts';

/** The shipped topologies that any kernel can run; the others live in test/vm. */
test.each(shippedFor('any'))('%s comes up, meets its expectations and goes', async (name) => {
  await liveThrough(name, lifeOf(name).set);
});

test('two gateways on one host, and a network over an IPv6 underlay', async () => {
  await liveThroughFile(join(import.meta.dirname, 'two-gateways.yaml'));
});

test('two gateways in a row, each of which judges', async () => {
  await liveThroughFile(join(import.meta.dirname, 'gateways-in-a-row.yaml'));
});

test('whole addresses that stand for guests, in both families, inside a subnet and routed to the gateway', async () => {
  await liveThroughFile(join(import.meta.dirname, 'one-to-one.yaml'));
});

test('a gateway on two hosts, with each of them lost in turn', async () => {
  await liveThroughFile(join(import.meta.dirname, 'cluster.yaml'));
});
