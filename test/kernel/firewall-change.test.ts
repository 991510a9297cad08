/**
 * Rules that change under traffic: what the old and the new state both deny never gets through, and what both allow is never
 * lost. The same measure taken on the way that is known to be wrong must find it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyEntry } from '../../server/flow/model.ts';
import { firewall } from '../../server/kinds/firewall/index.ts';
import type { NftTable } from '../../server/kinds/nft-table.ts';
import { allow, deny, hostIn, inside, modelOf } from '../kinds/firewall/model.ts';
import { scratchNamespaces } from './support/scratch.ts';

const scratch = scratchNamespaces();
const folder = mkdtempSync(join(tmpdir(), 'trunkline-stream-'));
const stream = join(folder, 'stream');
let [client, gateway, guest] = ['', '', ''];

const [ALLOWED, DENIED] = ['5000', '6000'];
const SHOP = inside('shop', '10.1.1.0/24');
const DB = inside('db', '10.1.2.0/24');

beforeAll(() => {
  execFileSync('gcc', ['-O2', '-o', stream, fileURLToPath(new URL('support/stream.c', import.meta.url))]);
  [client, gateway, guest] = [scratch.add('tl-ch-client'), scratch.add('tl-ch-gw'), scratch.add('tl-ch-guest')];
  for (const [device, end, here, there] of [
    ['shop', client, '10.1.1.1/24', '10.1.1.10/24'],
    ['db', guest, '10.1.2.1/24', '10.1.2.10/24'],
  ] as const) {
    scratch.run(gateway, ['ip', 'link', 'add', 'name', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', end]);
    for (const [namespace, link, address] of [
      [gateway, device, here],
      [end, 'eth0', there],
    ] as const) {
      scratch.run(namespace, ['ip', 'addr', 'add', address, 'dev', link]);
      scratch.run(namespace, ['ip', 'link', 'set', 'dev', link, 'up']);
    }
    scratch.run(end, ['ip', 'route', 'add', 'default', 'via', here.replace('/24', '')]);
  }
  scratch.run(gateway, ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
});
afterAll(() => {
  scratch.remove();
  rmSync(folder, { recursive: true });
});

function tableFor(...policy: readonly PolicyEntry[]): NftTable {
  const model = modelOf({
    namespace: gateway,
    networks: { shop: ['10.1.1.0/24'], db: ['10.1.2.0/24'] },
    gateway: { shop: ['10.1.1.1'], db: ['10.1.2.1'] },
    policy,
  });
  const [table] = firewall.desire(model, hostIn(model));
  if (table === undefined) throw new Error('no table');
  return table;
}

function changeInput(before: NftTable | undefined, after: NftTable | undefined): string {
  return firewall
    .commands(before, after, { topology: 'shop', doomedGroup: 1 })
    .map((command) => (command.tool === 'nft' ? command.input : ''))
    .join('');
}

interface Count {
  readonly sent: number;
  readonly received: number;
}

interface Outcome {
  readonly allowed: Count;
  readonly denied: Count;
}

/** Sends while something happens. */
async function streamDuring(happens: () => Promise<void> | void): Promise<Outcome> {
  const receiver = scratch.start(guest, [stream, 'receive', ALLOWED, DENIED]);
  const received = output(receiver);
  await sleep(150);
  const sender = scratch.start(client, [stream, 'send', '10.1.1.10', '10.1.2.10', ALLOWED, DENIED]);
  const sent = output(sender);
  await sleep(150);
  await happens();
  sender.kill('SIGTERM');
  const counts = readCounts(await sent);
  await sleep(150);
  receiver.kill('SIGTERM');
  const arrived = readCounts(await received);
  const countOf = (port: string): Count => ({ sent: counts[port] ?? 0, received: arrived[port] ?? 0 });
  return { allowed: countOf(ALLOWED), denied: countOf(DENIED) };
}

function load(inputs: readonly string[], rounds: number): void {
  for (let round = 0; round < rounds; round += 1) {
    for (const input of inputs) scratch.run(gateway, ['nft', '-f', '-'], input);
  }
}

function output(child: ReturnType<typeof scratch.start>): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.on('data', (part: Buffer) => (text += part.toString()));
    child.on('close', () => {
      resolve(text);
    });
  });
}

function readCounts(text: string): Record<string, number> {
  return Object.fromEntries(
    [...text.matchAll(/^(\d+) (\d+)$/gm)].map(([, port, count]) => [port ?? '', Number(count)]),
  );
}

describe('a change under traffic', () => {
  it('leaks nothing and loses nothing', async () => {
    const states = [
      tableFor(allow('a', ['5000/udp', '80/tcp'], [SHOP], [DB])),
      tableFor(allow('b', ['any'], [SHOP], [DB]), deny('c', ['6000/udp'], [SHOP], [DB])),
      tableFor(
        allow('d', ['5000-5999/udp'], [SHOP], [inside('db', '10.1.2.10/32')]),
        deny('e', ['1-1000/tcp'], [SHOP], [DB]),
      ),
    ] as const;
    const [first, second, third] = states;
    scratch.run(gateway, ['nft', '-f', '-'], changeInput(undefined, first));

    // A machine that is too busy loses packets with no change at all; such a run says nothing about losses.
    const quiet = async (): Promise<boolean> => {
      const { allowed } = await streamDuring(() => sleep(300));
      return allowed.received === allowed.sent;
    };
    const inputs = [changeInput(first, second), changeInput(second, third), changeInput(third, first)];
    let counted: Outcome | undefined;
    for (let attempt = 0; attempt < 4 && counted === undefined; attempt += 1) {
      const before = await quiet();
      const run = await streamDuring(() => {
        load(inputs, 25);
      });
      expect(run.denied.sent).toBeGreaterThan(2000);
      expect(run.denied.received, 'leaked').toBe(0);
      if (before && (await quiet())) counted = run;
    }
    expect(counted, 'no run on a machine quiet enough').toBeDefined();
    expect(counted?.allowed.received, 'arrived').toBe(counted?.allowed.sent);
  });

  it('is seen to leak where the table is taken down between', async () => {
    const table = tableFor(allow('a', ['5000/udp'], [SHOP], [DB]));
    const inputs = [changeInput(table, undefined), changeInput(undefined, table)];
    const { denied } = await streamDuring(() => {
      load(inputs, 40);
    });
    expect(denied.received).toBeGreaterThan(0);
  });
});
