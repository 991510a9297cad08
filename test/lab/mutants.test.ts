import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe('a lab that has one expectation of each sort', () => {
  let model: Model;
  let lab: Lab;

  beforeAll(async () => {
    const compiled = await compileFile(join(import.meta.dirname, 'mutants.yaml'));
    if (compiled.model === null) throw new Error('mutants.yaml does not compile');
    model = compiled.model;
    ({ lab } = await labUp(model));
  });
  afterAll(async () => {
    await labDown(model.topology);
  });

  /** Exactly those that are not met, each once. */
  const unmet = async (): Promise<readonly string[]> => {
    const { results } = await labTest(model, lab);
    return [...new Set(results.filter(({ passed }) => !passed).map(({ expectation }) => expectation))];
  };
  const change = async (node: string, command: string): Promise<void> => {
    const { stderr, exitCode } = await labRun(lab, node, ['sh', '-c', command]);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  };

  test('meets all of them', async () => {
    expect(await unmet()).toEqual([]);
  });

  test.each([
    [
      'allow: a rule before the others drops it',
      'gw@left',
      'nft insert rule inet broken-filter filter-forward ip saddr 10.1.0.11 tcp dport 443 drop',
      'allow 443/tcp from desk to internet',
    ],
    [
      'deny: a rule before the others accepts all',
      'gw@left',
      'nft insert rule inet broken-filter filter-forward accept',
      'deny 22/tcp from desk to internet',
    ],
    [
      'masquerade is missing',
      'gw@left',
      'nft flush chain inet broken-nat nat-postrouting',
      'allow 443/tcp from desk to internet',
    ],
    [
      'reaches: somebody else answers',
      'gw@left',
      'nft insert rule inet broken-nat nat-prerouting ip daddr 192.0.2.10 tcp dport 443 dnat ip to 10.1.0.12:25',
      'allow 443/tcp from internet to 192.0.2.10 reaches web:8443',
    ],
    [
      'one-to-one: the address is not translated',
      'gw@left',
      'nft insert rule inet broken-nat nat-prerouting ip daddr 192.0.2.20 accept',
      'allow 25/tcp from internet to 192.0.2.20 reaches mail:25',
    ],
    [
      'isolated: the rules that keep members apart are removed',
      'left right',
      'nft flush chain bridge broken-isolation guard-postrouting',
      'deny 7000/tcp from a1 to b1',
    ],
  ])('%s', async (_what, nodes, command, expectation) => {
    for (const node of nodes.split(' ')) await change(node, command);
    expect(await unmet()).toEqual([expectation]);
    const run = await applyModel(model, (host) => labConnection(lab, host));
    expect(run.hosts.some(({ result }) => result === 'applied')).toBe(true);
    expect(await unmet()).toEqual([]);
  });

  test('even-without: the way leads over the host that is lost, and all is well with it', async () => {
    await change(
      'far',
      'echo 0 >/proc/sys/net/ipv4/conf/lan/send_redirects; echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects; echo 1 >/proc/sys/net/ipv4/ip_forward',
    );
    await change('desk', 'ip route add 10.1.0.10/32 via 10.1.0.20');
    const { results } = await labTest(model, lab);
    const failed = results.filter(({ passed }) => !passed);
    expect(failed.map(({ expectation, without }) => [expectation, without])).toEqual([
      ['allow 9000/tcp from desk to web even without right', 'right'],
    ]);
    await change('desk', 'ip route del 10.1.0.10/32');
    expect(await unmet()).toEqual([]);
  });
});
