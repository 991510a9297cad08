import { expect, test } from 'vitest';
import { runReport } from '../../server/run/reports/run.ts';
import type { AtBoot, FlowsJudged, RunResult } from '../../server/flow/run.ts';

function applied(atBoot: AtBoot): RunResult {
  const host = { host: 'gw-x', steps: [], verified: true, confirmed: null, until: null, failure: null };
  return { run: '20261121T071502-3f9a', topology: 'shop', hosts: [{ ...host, result: 'applied', atBoot }] };
}

test.each<[AtBoot, string]>([
  ['no-systemd', 'sh /etc/trunkline/shop/current/restore before its networks come up'],
  ['unwritten', 'could not be put in place'],
])('where what was kept does not come back (%s), the answer says so', (atBoot, words) => {
  expect(runReport(applied(atBoot)).text).toContain(words);
});

test.each<AtBoot>(['systemd', 'namespace', 'nobody'])(
  'where it does, or cannot be expected to (%s), it does not',
  (atBoot) => {
    expect(runReport(applied(atBoot)).text).toBe('gw-x: 0 steps done, verified');
  },
);

test.each<[Omit<FlowsJudged, 'scope'>, readonly string[]]>([
  [{ cut: 1, kept: 3, undecided: 0 }, ['gw-x, shop-gw: 1 established flow cut, 3 kept']],
  [{ cut: 2, kept: 0, undecided: 0 }, ['gw-x, shop-gw: 2 established flows cut, 0 kept']],
  [{ cut: 0, kept: 7, undecided: 0 }, []],
  [
    { cut: 0, kept: 7, undecided: 1 },
    ['gw-x, shop-gw: 1 established flow left, since it cannot be said whether it is still covered'],
  ],
  [{ cut: null, kept: null, undecided: null, note: 'no perl' }, ['gw-x, shop-gw: no perl']],
])('what became of established flows is said: %j', (judged, lines) => {
  const result = applied('systemd');
  const hosts = result.hosts.map((host) => ({ ...host, flows: [{ scope: 'shop-gw', ...judged }] }));
  expect(
    runReport({ ...result, hosts })
      .text.split('\n')
      .slice(1),
  ).toEqual(lines);
  expect(runReport({ ...result, hosts }).document).toMatchObject({ hosts: [{ flows: [judged] }] });
});
