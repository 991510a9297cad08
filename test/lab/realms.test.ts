import { join } from 'node:path';
import { test } from 'vitest';
import { liveThroughFile } from '../support/topology-life.ts';

test('two realms with the same addresses on one host, each behind a gateway of its own', async () => {
  await liveThroughFile(join(import.meta.dirname, 'realms.yaml'));
});
