import { expect, test } from 'vitest';
import { runAnswer } from '../../server/cli/run-answer.ts';
import type { AtBoot, RunResult } from '../../server/flow/run.ts';

function applied(atBoot: AtBoot): RunResult {
  const host = { host: 'gw-x', steps: [], verified: true, confirmed: null, until: null, failure: null };
  return { run: '20261121T071502-3f9a', topology: 'shop', hosts: [{ ...host, result: 'applied', atBoot }] };
}

test.each<[AtBoot, string]>([
  ['no-systemd', 'sh /etc/trunkline/shop/current/restore before its networks come up'],
  ['unwritten', 'could not be put in place'],
])('where what was kept does not come back (%s), the answer says so', (atBoot, words) => {
  expect(runAnswer(applied(atBoot)).text).toContain(words);
});

test.each<AtBoot>(['systemd', 'namespace', 'nobody'])(
  'where it does, or cannot be expected to (%s), it does not',
  (atBoot) => {
    expect(runAnswer(applied(atBoot)).text).toBe('gw-x: 0 steps done, verified');
  },
);
