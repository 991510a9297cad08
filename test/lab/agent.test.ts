import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentBinary } from '../../server/lab/agent-binary.ts';
import { connectAgent } from '../../server/lab/control.ts';
import type { AgentClient } from '../../server/lab/control.ts';
import { runInNodes, runPrograms } from '../../server/lab/each.ts';
import { enterNetwork } from '../../server/lab/enter.ts';
import { nodeOf, readLab } from '../../server/lab/lab.ts';
import type { LabNode } from '../../server/lab/lab.ts';
import { endNodes, startNodes } from '../../server/lab/nodes.ts';

let folder: string;
let node: LabNode;
let agent: AgentClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-agent-'));
  await startNodes(folder, [{ name: 'solo', kind: 'guest' }]);
  const lab = await readLab('agent', folder);
  if (lab === null) throw new Error('no lab');
  node = nodeOf(lab, 'solo');
  agent = await connectAgent(node);
});
afterAll(async () => {
  agent.close();
  await endNodes(folder, 'all');
  await rm(folder, { recursive: true });
});

const inside = (...argv: readonly string[]) =>
  execa('nsenter', [...enterNetwork(node).slice(1), ...argv], { reject: false });

it('compiles without a warning', async () => {
  const sources = join(import.meta.dirname, '../../server/lab/agent');
  const result = await execa(
    'sh',
    ['-c', 'exec cc -std=gnu11 -O2 -Wall -Wextra -Werror -o /dev/null "$1"/*.c', 'sh', sources],
    { reject: false },
  );
  expect(result.stderr).toBe('');
  expect(result.exitCode).toBe(0);
  expect(await agentBinary()).toContain('agent');
});

it('answers probes of its own listeners, in both families and all protocols', async () => {
  await agent.demand('listen', '-', 'solo', 'tcp', '8080', '8080');
  await agent.demand('listen', '-', 'solo', 'udp', '53', '53');
  for (const [protocol, address, port] of [
    ['tcp', '127.0.0.1', '8080'],
    ['udp', '127.0.0.1', '53'],
    ['icmp', '127.0.0.1', '0'],
    ['tcp', '::1', '8080'],
    ['udp', '::1', '53'],
    ['icmp', '::1', '0'],
  ] as const) {
    const answer = await agent.ask('probe', '-', protocol, address, address, port, '0', '3000', '1');
    expect(answer['outcome'], `${protocol} ${address}`).toBe('answered');
    if (protocol !== 'icmp')
      expect(JSON.parse(String(answer['answer']).replace(/\?$/, ''))).toMatchObject({ node: 'solo', from: address });
  }
});

it('tells refusal, silence and the lack of a route apart', async () => {
  const outcome = async (...words: string[]) => (await agent.ask('probe', '-', ...words, '0', '300', '0'))['outcome'];
  expect(await outcome('tcp', '127.0.0.1', '127.0.0.1', '9')).toBe('refused');
  expect(await outcome('udp', '127.0.0.1', '127.0.0.1', '9')).toBe('refused');
  expect(await outcome('tcp', '127.0.0.1', '192.0.2.1', '9')).toBe('no-route');
  expect(await outcome('tcp', '192.0.2.7', '127.0.0.1', '9')).toBe('error');
  await inside(
    'nft',
    'add table inet mute; add chain inet mute in { type filter hook input priority 0; }; add rule inet mute in tcp dport 9 drop',
  );
  expect(await outcome('tcp', '127.0.0.1', '127.0.0.1', '9')).toBe('silent');
});

it('sees the packets of probes by the keys that their sender tells, dropped by its own filter or not', async () => {
  await agent.demand('watch', '-', 'packet');
  const sent = await agent.ask('probe', '-', 'tcp', '127.0.0.1', '127.0.0.1', '9', '0', '200', '0');
  const [key] = sent['keys'] as string[];
  const { seen } = (await agent.demand('seen', '0')) as unknown as {
    seen: { key: string; protocol: string; port: number }[];
  };
  expect(seen).toContainEqual(expect.objectContaining({ protocol: 'tcp', key, port: 9 }));
  await agent.ask('unwatch');
  await agent.demand('watch', '-', 'delivered');
  const again = await agent.ask('probe', '-', 'tcp', '127.0.0.1', '127.0.0.1', '9', '0', '200', '0');
  const open = await agent.ask('probe', '-', 'tcp', '127.0.0.1', '127.0.0.1', '8080', '0', '200', '0');
  const delivered = ((await agent.demand('seen', '0')) as unknown as { seen: { key: string }[] }).seen.map(
    (each) => each.key,
  );
  expect(delivered).not.toContain((again['keys'] as string[])[0]);
  expect(delivered).toContain((open['keys'] as string[])[0]);
  await agent.ask('unwatch');
});

it('listens on ten thousand ports in one process', async () => {
  expect(await agent.demand('listen', '-', 'solo', 'udp', '20000', '29999')).toMatchObject({ opened: 10_000 });
  expect(await agent.ask('probe', '-', 'udp', '127.0.0.1', '127.0.0.1', '29999', '0', '3000', '1')).toMatchObject({
    outcome: 'answered',
  });
  await agent.demand('unlisten', '-', 'udp', '20000', '29999');
  expect(await agent.ask('probe', '-', 'udp', '127.0.0.1', '127.0.0.1', '29999', '0', '300', '0')).toMatchObject({
    outcome: 'refused',
  });
});

it('answers what is no command with an error, and survives whatever is sent to it', async () => {
  for (const words of [
    ['dance'],
    ['listen', '-', 'solo', 'tcp', '0', '70000'],
    ['listen', '../x', 'solo', 'tcp', '1', '1'],
    ['probe', '-', 'tcp', 'a', 'b', '1', '0', '1', '0'],
    ['sysctl', 'kernel/hostname', 'x'],
    ['sysctl', 'net/../kernel/hostname', 'x'],
    ['seen', '-1'],
    ['watch', 'no-such-netns', 'packet'],
  ]) {
    expect((await agent.ask(...words)).error, words.join(' ')).toBeTypeOf('string');
  }
  for (let round = 0; round < 200; round += 1) {
    const socket = connect(node.socket);
    await once(socket, 'connect');
    const noise = randomBytes(1 + (round % 50) * 97);
    socket.on('error', () => undefined);
    socket.end(
      round % 2 === 0 ? noise : `${'1 probe - tcp ::1 ::1 1 0 1 0 '.repeat(round % 40)}\n${noise.toString('latin1')}`,
    );
    // It may hang up on us: what counts is that it goes on serving others.
    await new Promise((resolve) => socket.resume().once('close', resolve));
  }
  expect(await agent.demand('name')).toMatchObject({ node: 'solo' });
});

it('survives hostile datagrams and packets', async () => {
  await agent.demand('watch', '-', 'packet');
  const script =
    'for i in $(seq 1 200); do head -c $((i * 7)) /dev/urandom; done | timeout 5 sh -c "cat >/dev/udp/127.0.0.1/53"';
  await inside('bash', '-c', script);
  expect(await agent.demand('seen', '0')).toHaveProperty('total');
  await agent.ask('unwatch');
});

it('starts programs in networks of nodes, and answers in the order of the questions', async () => {
  const script = 'read -r given; echo "$1 $given $(cat /proc/net/dev | grep -c :)"; echo "not $1" >&2; exit "$2"';
  const numbers = Array.from({ length: 300 }, (_, index) => index);
  const results = await runPrograms(
    numbers.map((number) => ({
      node,
      argv: ['sh', '-c', script, 'sh', String(number), String(number % 7)],
      stdin: `stdin of ${String(number)}\n`,
    })),
  );
  expect(results.map(({ exitCode }) => exitCode)).toEqual(numbers.map((number) => number % 7));
  const devices = (await inside('sh', '-c', 'cat /proc/net/dev | grep -c :')).stdout;
  expect(results.map(({ stdout }) => stdout.toString())).toEqual(
    numbers.map((number) => `${String(number)} stdin of ${String(number)} ${devices}\n`),
  );
  expect(results[299]?.stderr.toString()).toBe('not 299\n');
});

it('says which program failed in a node, and why one could not be started', async () => {
  const run = (...argv: readonly string[]) =>
    runInNodes([{ node, purpose: 'do it', argv, stdin: 'link show\nlink set dev nothing up\n' }]);
  await expect(run('ip', '-batch', '-')).rejects.toMatchObject({
    message: 'The lab could not do it',
    detail: expect.stringContaining('The line was: link set dev nothing up') as string,
  });
  await expect(run('no-such-program')).rejects.toMatchObject({
    detail: expect.stringContaining('no-such-program: No such file or directory') as string,
  });
  const gone = { ...node, pid: 2 ** 22 + 1 };
  await expect(runInNodes([{ node: gone, purpose: 'enter', argv: ['true'], stdin: '' }])).rejects.toThrow('enter');
});

it('forgets neighbours that it found, and keeps those that somebody set', async () => {
  const { stdout } = await inside(
    'sh',
    '-c',
    `ip link add name br0 up type bridge && ip address add 10.9.0.1/24 dev br0 &&
     ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev br0 nud reachable &&
     ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev br0 nud permanent && ip neigh show`,
  );
  expect(stdout).toContain('10.9.0.2');
  expect(await agent.demand('forget', '-')).toMatchObject({ forgotten: 1 });
  const left = (await inside('ip', 'neigh', 'show')).stdout;
  expect(left).not.toContain('10.9.0.2');
  expect(left).toContain('10.9.0.3');
  expect((await agent.ask('forget', 'no-such-netns')).error).toBeTypeOf('string');
});

it('reaps what dies inside', async () => {
  const prefix = ['--target', String(node.pid), '--net', '--mount', '--pid', '--uts', '--'];
  await execa('nsenter', [
    ...prefix,
    'sh',
    '-c',
    'for i in 1 2 3 4 5; do (sh -c "sleep 0.1 & exit" &); done; sleep 0.5',
  ]);
  const { stdout } = await execa('nsenter', [...prefix, 'sh', '-c', 'cat /proc/[0-9]*/stat']);
  expect(stdout.split('\n').filter((line) => / Z /.test(line))).toEqual([]);
});
