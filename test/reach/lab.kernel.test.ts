/**
 * The forwarding model against the kernel: a lab comes up, everybody is asked for on every port that means something, from what
 * the file wants and from what was read of the hosts, and each answer is sent as real packets.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import type { ProbePlan } from '../../server/flow/probe.ts';
import type { World } from '../../server/flow/world.ts';
import { labConnection, labDown, labRun, labTest, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import { probePlan } from '../../server/model/probes.ts';
import { judgeProbes } from '../../server/reach/expectations.ts';
import type { Reach } from '../../server/reach/walk/reach.ts';
import { foundWorld, readHosts, wantedWorld } from '../../server/run/worlds.ts';
import { matrix } from '../support/matrix.ts';
import { FOLDER } from '../support/shipped.ts';
import { differences } from '../support/worlds.ts';

interface Rig {
  readonly model: Model;
  readonly lab: Lab;
  readonly plan: ProbePlan;
  found(): Promise<World>;
}

async function withLab(file: string, name: string, run: (rig: Rig) => Promise<void>): Promise<void> {
  const compiled = await compileFile(file);
  if (compiled.model === null) throw new Error(`${file} does not compile`);
  const model = { ...compiled.model, topology: name };
  try {
    const { lab } = await labUp(model);
    const plan = probePlan(model);
    const found = async (): Promise<World> =>
      foundWorld(model, await readHosts(model, (host) => labConnection(lab, host)), { plan });
    await run({ model, lab, plan, found });
  } finally {
    await labDown(name);
  }
}

/** As many as a lab answers in a second or two. */
const MOST = 250;

/** What real packets did otherwise than was said of them. */
async function disagreements({ model, lab, plan }: Rig, world: World, seed: number): Promise<readonly unknown[]> {
  const all = matrix(model, world, plan, MOST, seed);
  const predicted = all.filter(({ reach }) => reach.verdict !== 'unknown');
  // Whether br_netfilter is on no file says, and it matters where a guest asks for itself. Of two who have one address either
  // may answer.
  const unknown = all.flatMap(({ reach }) => (reach.verdict === 'unknown' ? [reach.why] : []));
  expect(unknown.filter((why) => !/br_netfilter|it may take several ways/.test(why))).toEqual([]);
  expect(unknown.length).toBeLessThan(all.length / 12);
  const said = new Set(predicted.map(({ reach }) => reach.verdict));
  expect([...said]).toEqual(expect.arrayContaining(['delivered', 'dropped']));
  const { results } = await labTest(model, lab, { plan: { ...plan, probes: predicted.map(({ probe }) => probe) } });
  expect(results).toHaveLength(predicted.length);
  return results.flatMap((result, index) =>
    result.passed ? [] : [{ result, from: predicted[index]?.probe.from, said: predicted[index]?.reach.why }],
  );
}

const LABS = join(import.meta.dirname, '../lab');

describe.each([
  ['office', join(FOLDER, 'office/office.yaml')],
  ['two-gateways', join(LABS, 'two-gateways.yaml')],
  ['separated-services', join(FOLDER, 'separated-services/separated-services.yaml')],
  ['one-to-one', join(LABS, 'one-to-one.yaml')],
  ['gateways-in-a-row', join(LABS, 'gateways-in-a-row.yaml')],
  ['apart', join(LABS, 'apart.yaml')],
  ['host-gateway', join(import.meta.dirname, '../support/host-gateway.yaml')],
])('%s', (name, file) => {
  test('goes as the file and as the hosts say', async () => {
    await withLab(file, `said-${name.slice(0, 8)}`, async (rig) => {
      const { model, plan } = rig;
      const [wanted, found] = [wantedWorld(model, { plan }), await rig.found()];
      expect(differences(wanted, found)).toEqual([]);
      const now = plan.probes.filter(({ without }) => without === null);
      for (const world of [wanted, found])
        expect(judgeProbes(now, () => world).filter(({ outcome }) => outcome !== 'met')).toEqual([]);
      expect(await disagreements(rig, wanted, 1)).toEqual([]);
      expect(await disagreements(rig, found, 2)).toEqual([]);
    });
  });
});

/** Done to the gateway of the office behind Trunkline's back: what was read then has to say what packets do then. */
const BREAKS: readonly (readonly [what: string, command: string])[] = [
  ['a filter that lets all through', 'nft insert rule inet said-broken-filter filter-forward counter accept'],
  ['no translation of sources', 'nft flush chain inet said-broken-nat nat-postrouting'],
  ['a route into nothing', 'ip route add unreachable 203.0.113.0/24'],
  ['an address that somebody else has', 'ip addr add 10.20.0.10/32 dev lan'],
  ['strict reverse paths, and the way back by another table', 'sysctl -qw net.ipv4.conf.wan.rp_filter=1'],
  [
    'rules of iptables, of which nft lists no parameters',
    'iptables -I FORWARD -p udp -m multiport --dports 53,9 -j DROP && iptables -A FORWARD -m addrtype --dst-type LOCAL -j DROP',
  ],
  ['no forwarding', 'sysctl -qw net.ipv4.ip_forward=0'],
  [
    'a second table that redirects, and one that rejects',
    "nft -f - <<'END'\ntable ip other {\n chain d { type nat hook prerouting priority -110; tcp dport 9 redirect to :22; }\n chain f { type filter hook forward priority 5; udp dport 53 reject; }\n}\nEND",
  ],
];

test('what is broken behind its back', async () => {
  await withLab(join(FOLDER, 'office/office.yaml'), 'said-broken', async (rig) => {
    const { model, lab } = rig;
    const namespace = model.gateways.get('gw')?.members[0]?.namespace ?? '';
    const before = matrix(model, await rig.found(), rig.plan, MOST, 3).map(({ reach }) => reach.verdict);
    for (const [what, command] of BREAKS) {
      const broken = await labRun(lab, 'server', ['ip', 'netns', 'exec', namespace, 'sh', '-c', command]);
      expect([what, broken.stderr]).toEqual([what, '']);
      const found = await rig.found();
      expect(await disagreements(rig, found, 3), what).toEqual([]);
    }
    const after = matrix(model, await rig.found(), rig.plan, MOST, 3).map(({ reach }) => reach.verdict);
    expect(after).not.toEqual(before);
  });
});

test('what packets pass beside all rules makes every answer unknown', async () => {
  await withLab(join(FOLDER, 'office/office.yaml'), 'said-beside', async (rig) => {
    const { model, lab, plan } = rig;
    const namespace = model.gateways.get('gw')?.members[0]?.namespace ?? '';
    const run = (...argv: readonly string[]): ReturnType<typeof labRun> =>
      labRun(lab, 'server', ['ip', 'netns', 'exec', namespace, ...argv]);
    const unread = async (): Promise<readonly string[]> =>
      (await rig.found()).stacks.get(`server/${namespace}`)?.unread ?? [];
    expect(await unread()).toEqual([]);
    expect((await run('tc', 'qdisc', 'add', 'dev', 'wan', 'clsact')).stderr).toBe('');
    expect(await unread()).toEqual(['rules of tc on wan']);
    const through = matrix(model, await rig.found(), plan, MOST, 3).filter(({ reach }) => reach.there.hops.length > 2);
    expect(through.every(({ reach }) => reach.there.verdict !== 'delivered' || !passes(reach, namespace))).toBe(true);
  });
});

/** It went through the stack of that namespace. */
function passes({ there }: Reach, namespace: string): boolean {
  return there.hops.some(({ stack }) => stack === `server/${namespace}`);
}
