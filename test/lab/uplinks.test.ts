import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { execa } from 'execa';
import type { Model } from '../../server/flow/model.ts';
import { rulePriorities } from '../../server/flow/mark.ts';
import { execPrefix, labConnection, labDown, labTest, labTestText, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import { planModel } from '../../server/run/apply.ts';

let model: Model;
let lab: Lab;

beforeAll(async () => {
  const compiled = await compileFile(join(import.meta.dirname, 'two-uplinks.yaml'), { set: new Map() });
  if (compiled.model === null) throw new Error(JSON.stringify(compiled.diagnostics));
  model = compiled.model;
  const up = await labUp(model);
  expect(up.run.hosts.map(({ result, verified }) => [result, verified])).toEqual([['applied', true]]);
  lab = up.lab;
  // Each provider takes what has an address of its own customer's only (RFC 2827).
  await inNode(
    'internet',
    'nft',
    `add table inet providers
     add chain inet providers in { type filter hook prerouting priority -300; }
     add rule inet providers in iifname one ip saddr 198.51.100.0/24 counter drop
     add rule inet providers in iifname one ip6 saddr 2001:db8:b::/64 counter drop
     add rule inet providers in iifname two ip saddr 192.0.2.0/24 counter drop
     add rule inet providers in iifname two ip6 saddr 2001:db8:a::/64 counter drop`,
  );
});

afterAll(async () => {
  await labDown(model.topology);
});

async function inNode(node: string, ...argv: readonly string[]): Promise<string> {
  const [file = '', ...args] = [...execPrefix(lab, node), ...argv];
  return (await execa(file, args)).stdout;
}

/** Packets that came to the internet by the wrong provider. */
async function strays(): Promise<number> {
  const counts = (await inNode('internet', 'nft', 'list', 'table', 'inet', 'providers')).matchAll(/packets (\d+)/g);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

test('every reply leaves by the provider that it was asked by, and nothing is left to plan', async () => {
  const plan = await planModel(model, (host) => labConnection(lab, host));
  expect(plan.hosts.flatMap((host) => host.steps)).toEqual([]);
  const result = await labTest(model, lab);
  expect(result.failed, labTestText(result)).toBe(0);
  expect(await strays()).toBe(0);
});

test('a reply to an address of a NIC that is not the default leaves by that NIC: of a guest, of the host', async () => {
  // By the default route they would come in at the gateway where their source does not belong.
  await inNode('gw@node', 'ping', '-c', '1', '-W', '5', '-I', '192.0.2.2', '10.9.0.10');
  await inNode('gw@node', 'ping', '-c', '1', '-W', '5', '-I', '192.0.2.2', '10.1.0.5');
  expect(await inNode('web', 'ip', 'route', 'get', '192.0.2.200', 'from', '10.9.0.10')).toContain('dev mgmt');
  expect(await inNode('web', 'ip', 'route', 'get', '192.0.2.200', 'from', '10.1.0.10')).toContain('dev shop');
  expect(await inNode('node', 'ip', 'route', 'get', '192.0.2.200', 'from', '10.1.0.5')).toContain('dev b-shop');
  expect(await inNode('node', 'ip', 'route', 'get', '192.0.2.200')).toContain('dev b-mgmt');
  expect(await inNode('node', 'ip', 'route', 'get', '10.77.1.1')).toContain('via 10.1.0.10');
});

test('without the rules replies go astray, and the next `up` puts them back', async () => {
  const { byMark } = rulePriorities(model.topology);
  for (const family of ['-4', '-6']) await inNode('gw@node', 'ip', family, 'rule', 'del', 'pref', String(byMark + 1));
  const broken = await labTest(model, lab);
  expect(broken.results.filter((each) => !each.passed).map((each) => each.to)).toEqual([
    '198.51.100.2:443/tcp',
    '[2001:db8:b::2]:443/tcp',
    '198.51.100.7:53/udp',
  ]);
  expect(await strays()).toBeGreaterThan(0);
  const plan = await planModel(model, (host) => labConnection(lab, host));
  expect(plan.hosts.flatMap((host) => host.steps.map((step) => step.resource))).toEqual([
    'rule:two-uplinks-gw/mark-1/4',
    'rule:two-uplinks-gw/mark-1/6',
  ]);
  await labUp(model);
  const mended = await labTest(model, lab);
  expect(mended.failed, labTestText(mended)).toBe(0);
});
