import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { labConnection, labDown, labRun, labTest, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import { applyModel } from '../../server/run/apply.ts';

/** What is broken behind Trunkline's back has to show at the expectations that it breaks, and one apply has to mend it. */
let model: Model;
let lab: Lab;

beforeAll(async () => {
  const compiled = await compileFile(join(import.meta.dirname, '../../topologies/office/office.yaml'));
  if (compiled.model === null) throw new Error('office does not compile');
  model = { ...compiled.model, topology: 'mutants' };
  ({ lab } = await labUp(model));
});
afterAll(async () => {
  await labDown('mutants');
});

test.each([
  [
    'a filter that lets all through',
    'nft insert rule inet mutants-filter filter-forward counter accept',
    'deny any from lab to lan',
  ],
  [
    'no filter for spoofed sources and input',
    'nft insert rule inet mutants-filter filter-input counter accept',
    'deny 22/tcp from mail, bench, internet to gw',
  ],
  ['masquerade missing', 'nft flush chain inet mutants-nat nat-postrouting', 'allow 443/tcp from bench to internet'],
  [
    'port mappings missing',
    'nft flush chain inet mutants-nat nat-prerouting',
    'allow 53/udp from internet to 192.0.2.10 reaches web:53',
  ],
  [
    'a mapping for all that is for some',
    'nft add element inet mutants-nat publish-4 "{ 192.0.2.12 . tcp . 25 : 10.20.0.11 . 25 }"',
    'deny 25/tcp from internet to 192.0.2.12',
  ],
])('%s', async (_what, command, expectation) => {
  const namespace = model.gateways.get('gw')?.members[0]?.namespace ?? '';
  const broken = await labRun(lab, 'server', ['ip', 'netns', 'exec', namespace, 'sh', '-c', command]);
  expect(broken.stderr).toBe('');
  const failed = (await labTest(model, lab)).results
    .filter((result) => !result.passed)
    .map((result) => result.expectation);
  expect(failed).toContain(expectation);
  const run = await applyModel(model, (host) => labConnection(lab, host));
  expect(run.hosts[0]?.result).toBe('applied');
  expect((await labTest(model, lab)).failed).toBe(0);
});
