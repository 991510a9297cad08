/** Ten thousand of twenty thousand established flows are cut, exactly those; of other protocols, and in a namespace, likewise. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectThrough } from '../../server/host/runner.ts';
import { applyModel } from '../../server/run/apply.ts';
import type { Model } from '../../server/flow/model.ts';
import type { RunResult } from '../../server/flow/run.ts';
import { startServers, startTalker } from '../support/flows/talk.ts';
import type { Talker } from '../support/flows/talk.ts';
import { buildYard, yardModel } from '../support/yard.ts';
import type { Yard } from '../support/yard.ts';

const EACH = 10_000;
const FIRST_PORT = 20_000;
/** One datagram from each of so many ports, and its answer. */
const OPEN_MANY = `
import socket, sys
address, to, port, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
answered = 0
for number in range(first, first + count):
    flow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flow.bind((address, number))
    flow.connect((to, port))
    for attempt in range(5):
        flow.settimeout(1 + attempt)
        try:
            flow.send(b'?')
            answered += flow.recv(100) != b''
            break
        except OSError:
            continue
    flow.close()
print(answered)
`;

let yard: Yard;
beforeEach(async () => {
  yard = await buildYard(false);
});
afterEach(async () => {
  await yard.close();
});

const policy = (lines: string) => (text: string) => `${text}${lines}`;
const apply = async (model: Model): Promise<RunResult> => {
  const run = await applyModel(model, () => connectThrough('server', yard.host.prefix));
  expect(run.hosts).toMatchObject([{ verified: true, failure: null }]);
  return run;
};

/** By id of the entry, which one that took its place does not have. */
async function flowsTo(protocol: string, port: number, from: string): Promise<ReadonlySet<string>> {
  const args = ['-L', '-p', protocol, '--orig-src', from, '--orig-port-dst', String(port), '-o', 'id'];
  const text = await yard.host.run('sh', '-c', 'conntrack "$@" 2>/dev/null', 'sh', ...args);
  return new Set([...text.matchAll(/ id=(\d+)/g)].map(([, id = '']) => id));
}

describe('a gateway in the host', () => {
  it(
    'cuts ten thousand flows of twenty thousand, and leaves the others as they are',
    { timeout: 300_000 },
    async () => {
      const both = yardModel(policy('  - { allow: [53/udp, 54/udp], from: filters, to: rules }\n'));
      await apply(both);
      const nodes = await yard.attach(both);
      const [filter1, rules] = [nodes.get('filter1')?.namespace ?? '', nodes.get('rules')?.namespace ?? ''];
      await startServers(yard.scratch, rules, 'rules', [53, 54]);
      await yard.host.run('sysctl', '-qw', 'net.netfilter.nf_conntrack_udp_timeout=600');
      const open = (port: number, first: number, count: number): number => {
        const args = ['10.50.0.11', '10.50.1.10', String(port), String(first), String(count)];
        return Number(yard.scratch.run(filter1, ['python3', '-c', OPEN_MANY, ...args]));
      };
      expect([open(53, FIRST_PORT, EACH), open(54, FIRST_PORT, EACH)]).toEqual([EACH, EACH]);
      const before = [await flowsTo('udp', 53, '10.50.0.11'), await flowsTo('udp', 54, '10.50.0.11')];
      expect(before.map(({ size }) => size)).toEqual([EACH, EACH]);

      const beganMs = performance.now();
      const run = await apply(yardModel(policy('  - { allow: 54/udp, from: filters, to: rules }\n')));
      process.stdout.write(
        `an apply that cuts 10,000 of 20,000 flows: ${String(Math.round(performance.now() - beganMs))} ms\n`,
      );

      const [flows] = run.hosts[0]?.flows ?? [];
      expect(flows).toMatchObject({ scope: '', cut: EACH, undecided: 0 });
      expect(flows?.kept).toBeGreaterThanOrEqual(EACH);
      expect((await flowsTo('udp', 53, '10.50.0.11')).size).toBe(0);
      expect(await flowsTo('udp', 54, '10.50.0.11')).toEqual(before[1]);
      expect(open(54, FIRST_PORT, 100)).toBe(100);
      expect(await flowsTo('udp', 54, '10.50.0.11')).toEqual(before[1]);
    },
  );

  it('cuts SCTP, and what has no ports, by its ends', async () => {
    const all = '  - { allow: any, from: FROM, to: rules }\n';
    await apply(yardModel(policy(all.replace('FROM', 'filters'))));
    for (const from of ['10.50.0.11', '10.50.0.12']) {
      await yard.host.run(
        ...['conntrack', '-I', '-p', 'sctp', '-s', from, '-d', '10.50.1.10', '--sport', '4000', '--dport', '5000'],
        ...['--state', 'ESTABLISHED', '-t', '600', '--orig-vtag', '7', '--reply-vtag', '8'],
      );
      // Of a protocol that it does not know conntrack keeps the addresses alone.
      await yard.host.run('conntrack', '-I', '-p', '99', '-s', from, '-d', '10.50.1.10', '-t', '600');
    }
    const run = await apply(yardModel(policy(all.replace('FROM', 'filter2'))));
    expect(run.hosts[0]?.flows).toMatchObject([{ cut: 2, undecided: 0 }]);
    const left = await yard.host.run('sh', '-c', 'conntrack -L 2>/dev/null | grep -E "^(sctp|unknown +99) " | sort');
    expect(
      left.split('\n').map((line) => /^(\w+).* src=(\S+)/.exec(line.replace(/ src=10\.50\.1\.10.*/, ''))?.slice(1)),
    ).toEqual([
      ['sctp', '10.50.0.12'],
      ['unknown', '10.50.0.12'],
    ]);
  });
});

describe('a gateway in a namespace of its own', () => {
  const inNamespace = (change: (text: string) => string = (text) => text): Model =>
    yardModel((text) => change(text.replace('runs: host', 'runs: netns')));

  it('has its flows cut there, and the host none', async () => {
    const wide = inNamespace();
    await apply(wide);
    const talkers = new Map<string, Talker>();
    for (const [name, { namespace }] of await yard.attach(wide)) {
      await startServers(yard.scratch, namespace, name, [5432]);
      talkers.set(name, startTalker(yard.scratch, namespace));
    }
    const say = async (who: string, line: string): Promise<string> =>
      (await talkers.get(who)?.say(line)) ?? 'nobody is called so';
    await yard.host.run('ip', 'netns', 'exec', 'yard-nat', 'sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0');
    expect(await say('filter1', 'open cut tcp 10.50.0.11 10.50.1.10 5432')).toBe('rules');
    expect(await say('filter2', 'open lives tcp 10.50.0.12 10.50.1.10 5432')).toBe('rules');
    const run = await apply(
      inNamespace((text) =>
        text.replace('from: [filters, internet], to: rules', 'from: [filter2, internet], to: rules'),
      ),
    );
    expect(run.hosts[0]?.flows).toMatchObject([{ scope: 'yard-nat', cut: 1, undecided: 0 }]);
    expect([await say('filter1', 'ask cut'), await say('filter2', 'ask lives')]).toEqual(['silence', 'rules']);
  });
});
