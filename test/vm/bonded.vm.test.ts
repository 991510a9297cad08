import { join } from 'node:path';
import { test } from 'vitest';
import { liveThroughFile } from '../support/topology-life.ts';

test('hosts with bonds of every sort meet at one switch', async () => {
  await liveThroughFile(join(import.meta.dirname, 'bonded.yaml'));
});
