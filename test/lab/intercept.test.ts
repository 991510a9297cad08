import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labConnection, labDown, labRun, labTest, labTestText, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import type { Model } from '../../server/flow/model.ts';
import type { Compiled } from '../../server/model/compile.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { planModel } from '../../server/run/apply.ts';
import { streamsDuring } from '../support/streams.ts';

const file = join(import.meta.dirname, 'intercepted.yaml');
const model = modelOf(compileText({ file, text: readFileSync(file, 'utf8') }));
let lab: Lab;

function modelOf({ model, diagnostics }: Compiled): Model {
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

beforeAll(async () => {
  ({ lab } = await labUp(model));
  // Who comes to the internet by another address than the gateway's, and whom a proxy sees.
  await nft(
    'internet',
    'table inet seen { chain c { type filter hook prerouting priority -300; tcp dport 80 ip saddr != 192.0.2.20 counter\n } }',
  );
  for (const proxy of ['proxy1', 'proxy2'])
    await nft(
      proxy,
      `table inet seen { chain c { type filter hook prerouting priority -300; ip saddr 10.70.0.10 ip daddr 203.0.113.10 tcp dport 80 tcp flags & (syn | ack) == syn counter
         ip daddr 10.70.0.10 ip saddr 203.0.113.10 tcp sport 80 counter
      } }`,
    );
});
afterAll(() => labDown(model.topology));

async function nft(node: string, text: string): Promise<void> {
  const { exitCode, stderr } = await labRun(lab, node, ['nft', text.replaceAll(/ *}/g, '\n}')]);
  expect([exitCode, stderr]).toEqual([0, '']);
}

/** Packets by each rule of the table `seen`. */
async function seen(node: string): Promise<readonly number[]> {
  const { stdout } = await labRun(lab, node, ['nft', 'list', 'table', 'inet', 'seen']);
  return [...stdout.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count));
}

async function dropped(chain: string, comment: string): Promise<number> {
  const { stdout } = await labRun(lab, 'director@edge', ['nft', 'list', 'chain', 'inet', 'intercepted-filter', chain]);
  const found = new RegExp(`counter packets (\\d+) bytes \\d+ drop comment "${comment}"`).exec(stdout);
  if (found === null) throw new Error(stdout);
  return Number(found[1]);
}

test('nothing is left to plan, and all expectations are met, in both families', async () => {
  const plan = await planModel(model, (host) => labConnection(lab, host));
  expect(plan.hosts.flatMap((host) => host.steps)).toEqual([]);
  const result = await labTest(model, lab);
  expect(result.failed, labTestText(result)).toBe(0);
  const web = result.results.filter(({ to, want }) => to.endsWith(':80/tcp') && want === 'allow');
  // Where nothing translates, the server sees the client itself.
  expect(
    web.filter(({ answeredBy }) => answeredBy === 'web').map(({ sourceSeen }) => sourceSeen?.split(':')[0]),
  ).toEqual(['10.70.0.10', '10.70.0.11']);
  expect(web.filter(({ answeredBy }) => answeredBy === 'internet').length).toBe(4);
});

test('connections are spread over the proxies, which see both addresses, and live while they last', async () => {
  const before = await Promise.all(['proxy1', 'proxy2'].map(seen));
  const streams = { from: 'client1', to: 'internet', address: '203.0.113.10', port: 80, count: 40, seconds: 2 };
  const results = await streamsDuring(lab, streams, () => Promise.resolve());
  expect(results.map(({ reason }) => reason)).toEqual(Array.from({ length: 40 }, () => null));
  const after = await Promise.all(['proxy1', 'proxy2'].map(seen));
  const opened = after.map(([count = 0], index) => count - (before[index]?.[0] ?? 0));
  expect(opened.reduce((sum, count) => sum + count, 0)).toBe(40);
  for (const count of opened) expect(count).toBeGreaterThan(5);
  // The answers of the server come to the proxy too, and not past it.
  for (const [index, [, answers = 0]] of after.entries()) expect(answers).toBeGreaterThan(before[index]?.[1] ?? 0);
  // To the internet the gateway's masquerade holds for what proxies open.
  expect(await seen('internet')).toEqual([0]);
});

test('a proxy may have a client’s address, and nobody beside it', async () => {
  const script = `
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_IP, 19, 1)
s.bind(('10.70.0.10', 0))
s.settimeout(1)
try:
    s.connect(('203.0.113.10', int(sys.argv[1])))
except OSError:
    pass
`;
  const before = await dropped('guard-prerouting', 'spoofed');
  await labRun(lab, 'other', ['python3', '-c', script, '80']);
  const between = await dropped('guard-prerouting', 'spoofed');
  expect(between).toBeGreaterThan(before);
  // Nor a proxy for anything that was not taken.
  await labRun(lab, 'proxy1', ['python3', '-c', script, '443']);
  expect(await dropped('guard-prerouting', 'spoofed')).toBeGreaterThan(between);
});

test('a proxy that has not been asked answers nobody', async () => {
  const script = `
import socket, struct
source, destination = socket.inet_aton('203.0.113.10'), socket.inet_aton('10.70.0.10')
def checksum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff
def segment(check):
    return struct.pack('!HHIIBBHHH', 80, 55555, 1, 2, 0x50, 0x12, 65535, check, 0)
whole = segment(checksum(source + destination + struct.pack('!HH', 6, 20) + segment(0)))
header = struct.pack('!BBHHHBBH', 0x45, 0, 40, 0, 0x4000, 64, 6, 0) + source + destination
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW).sendto(header + whole, ('10.70.0.10', 0))
`;
  await nft(
    'client1',
    'table inet seen { chain c { type filter hook prerouting priority -300; tcp sport 80 tcp dport 55555 counter\n } }',
  );
  const before = await dropped('filter-forward', 'invalid');
  const { exitCode, stderr } = await labRun(lab, 'proxy1', ['python3', '-c', script]);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(await seen('client1')).toEqual([0]);
  expect(await dropped('filter-forward', 'invalid')).toBe(before + 1);
});

test('a proxy may keep the client’s port too: the gateway has two flows with the same addresses and ports', async () => {
  // As far as the gateway can tell, what passes packets on as they are is a proxy too.
  for (const proxy of ['proxy1', 'proxy2'])
    await labRun(lab, proxy, [
      'sh',
      '-c',
      'nft delete table inet lab-proxy && echo 1 >/proc/sys/net/ipv4/ip_forward && echo 0 >/proc/sys/net/ipv4/conf/farm/send_redirects',
    ]);
  const streams = { from: 'client2', to: 'web', address: '10.70.2.10', port: 8002, count: 20, seconds: 2 };
  const results = await streamsDuring(lab, streams, () => Promise.resolve());
  expect(results.map(({ reason }) => reason)).toEqual(Array.from({ length: 20 }, () => null));
});
