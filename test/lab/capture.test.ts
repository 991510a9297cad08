import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { labCapture, labDown, labRun, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { echoesOf, readPcap } from '../support/pcap.ts';
import { twoHosts, twoHostsText } from './two-hosts.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const model = twoHosts();
let lab: Lab;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-capture-'));
  file = join(folder, 'two-hosts.yaml');
  await writeFile(file, twoHostsText(model.topology));
  ({ lab } = await labUp(model));
});
afterAll(async () => {
  await labDown(model.topology);
  await rm(folder, { recursive: true });
});

const ping = (from: string, to: string, count = 2) =>
  labRun(lab, from, ['ping', '-c', String(count), '-i', '0.02', '-W', '1', to]);

/** A capture by the command line, once it hears. */
async function startCapture(...words: readonly string[]): Promise<ChildProcess & { readonly out: () => Buffer }> {
  const child = spawn(process.execPath, [MAIN, 'lab', 'capture', file, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const lines = createInterface({ input: child.stderr });
  const [line] = (await once(lines, 'line')) as [string];
  if (!line.startsWith('capturing on')) throw new Error(line);
  return Object.assign(child, { out: () => Buffer.concat(chunks) });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'close');
  child.kill(signal);
  await ended;
}

it('hears a ping on a guest’s only interface, both ways, in order of time', async () => {
  const path = join(folder, 'web.pcap');
  const stop = new AbortController();
  const listening = Promise.withResolvers<string>();
  const capture = labCapture(lab, 'web', {
    write: path,
    count: 0,
    seconds: 0,
    onListening: listening.resolve,
    signal: stop.signal,
  });
  expect(await listening.promise).toBe('lan');
  const before = BigInt(Date.now()) * 1_000_000n;
  await ping('other', '10.1.0.10', 3);
  stop.abort();
  const { frames, dropped, device } = await capture;
  const read = readPcap(await readFile(path));
  expect({ frames, dropped, device }).toEqual({ frames: read.length, dropped: 0, device: 'lan' });
  const echoes = echoesOf(read);
  expect(echoes.filter((each) => each === '10.1.0.11 > 10.1.0.10 request')).toHaveLength(3);
  expect(echoes.filter((each) => each === '10.1.0.10 > 10.1.0.11 reply')).toHaveLength(3);
  const times = read.map(({ timeNs }) => timeNs);
  expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(times.every((time) => time > before - 1_000_000_000n)).toBe(true);
  expect((await stat(path)).mode & 0o077).toBe(0);
});

it('hears a gateway member by the name of the network, ends after so many frames, and writes to a pipe', async () => {
  const child = await startCapture('gw@left', 'wan', '--count', '4');
  const ended = once(child, 'close');
  for (let tries = 0; tries < 5 && child.exitCode === null; tries += 1) await ping('web', '203.0.113.10', 4);
  await ended;
  expect(child.exitCode).toBe(0);
  const frames = readPcap(child.out());
  expect(frames).toHaveLength(4);
  // Behind the masquerade: the gateway's address outside.
  expect(echoesOf(frames)).toContain('192.0.2.10 > 203.0.113.10 request');
});

it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it cleanly: the file is whole', async (signal) => {
  const path = join(folder, `${signal}.pcap`);
  const child = await startCapture('left', 'eno2', '-w', path, '--json');
  await ping('other', '10.1.0.10');
  await end(child, signal);
  expect(child.exitCode).toBe(0);
  const frames = readPcap(await readFile(path));
  expect(echoesOf(frames)).toContain('10.1.0.11 > 10.1.0.10 request');
  expect(JSON.parse(child.out().toString())).toMatchObject({ node: 'left', interface: 'eno2', frames: frames.length });
});

it('killed, it leaves no process behind', async () => {
  const child = await startCapture('web', 'lan');
  const { stdout } = await execa('pgrep', ['-P', String(child.pid)]);
  const [pid = ''] = stdout.split('\n');
  expect(pid).toMatch(/^\d+$/);
  await end(child, 'SIGKILL');
  // Whoever inherits it may not have taken notice of its end yet.
  const state = async (): Promise<string> => {
    const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return /^State:\s+([^ZX])/m.exec(text)?.[1] ?? 'ended';
  };
  await expect.poll(state).toBe('ended');
});

it('puts VLAN tags back where they were on the wire, and hears lo once', async () => {
  const tagged = await startCapture('left', 'eno2', '-w', join(folder, 'tagged.pcap'));
  // A frame for experiments (IEEE 802, 0x88b5) with VLAN 7, as a guest may send it.
  const frame = 'ffffffffffff 020000000001 8100 0007 88b5'.replaceAll(' ', '') + '00'.repeat(46);
  const script = `import socket,sys
s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW); s.bind((sys.argv[1],0)); s.send(bytes.fromhex(sys.argv[2]))`;
  expect((await labRun(lab, 'right', ['python3', '-c', script, 'eno2', frame])).stderr).toBe('');
  await end(tagged, 'SIGINT');
  const frames = readPcap(await readFile(join(folder, 'tagged.pcap'))).map(({ bytes }) => bytes.toString('hex'));
  expect(frames).toContain(frame);
  const lo = await startCapture('web', 'lo');
  await ping('web', '127.0.0.1', 1);
  await end(lo, 'SIGINT');
  expect(echoesOf(readPcap(lo.out()))).toEqual(['127.0.0.1 > 127.0.0.1 request', '127.0.0.1 > 127.0.0.1 reply']);
});

it.each([
  [['web', 'lna', '-w', 'x'], 64, /did you mean `lan`\? It has lo, lan\./],
  [['gw@left', '-w', 'x'], 64, /Which interface of gw@left\?/],
  [['web', '--json'], 64, /Frames are no text/],
  [['web', '--count', '0'], 64, /--count takes a number of 1 or more/],
  [['web', '-w', '/proc/nowhere/x'], 64, /\/proc\/nowhere\/x cannot be written/],
  [['web', '-w', '/dev/full', '--seconds', '1'], 1, /writing: No space left on device/],
  [['wbe', '-w', 'x'], 1, /did you mean `web`\?/],
])('%j: exit code %i', async (words, exitCode, says) => {
  const said = await execa(process.execPath, [MAIN, 'lab', 'capture', file, ...words], { reject: false, cwd: folder });
  expect(`${said.stderr}${said.stdout}`).toMatch(says);
  expect(said.exitCode).toBe(exitCode);
});
