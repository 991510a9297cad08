/** Established flows through a gateway in a host's own stack, beside a container engine's: what a change no longer covers is cut, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectThrough } from '../../server/host/runner.ts';
import { applyModel, planModel } from '../../server/run/apply.ts';
import { startServers, startTalker } from '../support/flows/talk.ts';
import type { Talker } from '../support/flows/talk.ts';
import { buildYard, yardModel } from '../support/yard.ts';
import type { Yard } from '../support/yard.ts';

/** A flow, who asks, and who answers in it as long as it is there. */
type Row = readonly [flow: string, who: string, opens: string, answers: string];

const FLOWS: readonly Row[] = [
  ['published', 'internet', 'tcp 203.0.113.9 198.51.100.11 25', 'filter1'],
  ['published-other', 'internet', 'tcp 203.0.113.9 198.51.100.12 25', 'filter2'],
  ['hairpin', 'filter1', 'tcp 10.50.0.11 198.51.100.12 25', 'filter2'],
  ['one-to-one', 'internet', 'tcp 203.0.113.9 198.51.100.13 5432', 'rules'],
  ['inside', 'filter1', 'tcp 10.50.0.11 10.50.1.10 5432', 'rules'],
  ['inside-other', 'filter2', 'tcp 10.50.0.12 10.50.1.10 5432', 'rules'],
  ['masqueraded', 'filter1', 'tcp 10.50.0.11 203.0.113.9 80', 'internet'],
  ['masqueraded-6', 'filter1', 'tcp 2001:db8:50::11 2001:db8:beef::9 80', 'internet'],
  ['guest-6', 'internet', 'tcp 2001:db8:beef::9 2001:db8:50::11 25', 'filter1'],
  ['host', 'internet', 'tcp 203.0.113.9 198.51.100.10 22', 'server'],
  ['container-out', 'container', 'tcp 172.17.0.2 203.0.113.9 80', 'internet'],
  ['container-published', 'internet', 'tcp 203.0.113.9 198.51.100.10 8080', 'container'],
  ['container-to-host', 'container', 'udp 172.17.0.2 172.17.0.1 80', 'server'],
  ['neighbours', 'filter1', 'udp 10.50.0.11 10.50.0.12 80', 'filter2'],
  ['by-udp', 'filter1', 'udp 10.50.0.11 10.50.1.10 53', 'rules'],
];

const MORE = `  - { allow: [53/udp, icmp], from: filters, to: rules }\n`;

describe('established flows', () => {
  let yard: Yard;
  const talkers = new Map<string, Talker>();
  const said: string[] = [];
  const apply = async (change: (text: string) => string): Promise<void> => {
    const options = { progress: (line: string) => said.push(line) };
    const run = await applyModel(
      yardModel((text) => change(text + MORE)),
      () => connectThrough('server', yard.host.prefix),
      options,
    );
    expect(run.hosts).toMatchObject([{ verified: true, failure: null }]);
  };
  const say = (who: string, line: string): Promise<string> => {
    const talker = talkers.get(who);
    if (talker === undefined) throw new Error(`nobody is called ${who}`);
    return talker.say(line);
  };
  /** All flows are opened, the change is made, and those that answer no more come back. */
  const silencedBy = async (change: (text: string) => string): Promise<readonly string[]> => {
    for (const [flow, who, opens, answers] of FLOWS)
      expect([flow, await say(who, `open ${flow} ${opens}`)]).toEqual([flow, answers]);
    await apply(change);
    const silenced: string[] = [];
    for (const [flow, who, , answers] of FLOWS) if ((await say(who, `ask ${flow}`)) !== answers) silenced.push(flow);
    return silenced;
  };

  beforeAll(async () => {
    yard = await buildYard(false);
    const { host, internet, container, scratch } = yard;
    const model = yardModel((text) => text + MORE);
    await applyModel(model, () => connectThrough('server', host.prefix));
    const nodes = new Map([...(await yard.attach(model)), ['internet', internet], ['container', container]]);
    for (const [name, { namespace }] of nodes) {
      await startServers(scratch, namespace, name, [22, 25, 53, 80, 5432]);
      talkers.set(name, startTalker(scratch, namespace));
    }
    await yard.serve('server', [22, 80]);
    // Otherwise the kernel takes up again what was cut too much, and nobody would notice.
    await yard.host.run('sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0');
  });
  afterAll(async () => {
    await yard.close();
  });

  it('are all left where nothing narrows', async () => {
    said.length = 0;
    expect(await silencedBy((text) => `${text}  - { allow: 443/tcp, from: filters, to: rules }\n`)).toEqual([]);
    expect(said.filter((line) => line.includes('flows'))).toEqual([]);
  });

  it.each<readonly [string, (text: string) => string, readonly string[]]>([
    [
      'a published port that moves to another guest',
      (text) => text.replace('198.51.100.11:25/tcp, to: filter1', '198.51.100.11:25/tcp, to: filter2'),
      ['published'],
    ],
    [
      'a published port that fewer may use',
      (text) =>
        text.replace('198.51.100.12:25/tcp, to: filter2 ', '198.51.100.12:25/tcp, to: filter2, from: 198.51.100.8/29 '),
      ['published-other', 'hairpin'],
    ],
    [
      'a published port that is taken away',
      (text) => text.replace(/.*198.51.100.12:25.*\n/, ''),
      ['published-other', 'hairpin'],
    ],
    ['a one-to-one that is taken away', (text) => text.replace(/.*one-to-one.*\n/, ''), ['one-to-one']],
    [
      'a policy with fewer sources',
      (text) => text.replace('from: [filters, internet], to: rules', 'from: [filter2, internet], to: rules'),
      ['inside'],
    ],
    ['a denial', (text) => `${text}  - { deny: any, from: filter1, to: internet }\n`, ['masqueraded', 'masqueraded-6']],
    ['a permission that is taken away', (text) => text.replace(/.*allow: 22\/tcp.*\n/, ''), ['host']],
    ['IPv6 alone', (text) => text.replace(/.*2001:db8:50::11" }\n/, ''), ['guest-6']],
    ['UDP alone', (text) => text.replace('53/udp, icmp', 'icmp'), ['by-udp']],
  ])('cuts %s', async (_what, change, cut) => {
    await apply((text) => text);
    expect(await silencedBy(change)).toEqual(cut);
  });

  it('cuts ICMP by its identifier', async () => {
    await apply((text) => text);
    expect(await say('filter1', 'ping 10.50.0.11 10.50.1.10 7')).toBe('answer');
    await apply((text) => text.replace('53/udp, icmp', '53/udp'));
    expect(await say('filter1', 'ping 10.50.0.11 10.50.1.10 7')).toBe('silence');
  });

  it('says so in the plan', async () => {
    await apply((text) => text);
    const changed = yardModel((text) => (text + MORE).replace('53/udp, icmp', 'icmp'));
    const plan = await planModel(changed, () => connectThrough('server', yard.host.prefix));
    const steps = plan.hosts.flatMap((host) => host.steps.filter((step) => step.cutsFlowsIn !== undefined));
    expect(steps).toMatchObject([
      {
        title: 'established flows through the host',
        cost: 'reconnect',
        reason: 'cuts those that firewall table yard-filter no longer covers; undoing does not bring them back',
      },
    ]);
  });
});
