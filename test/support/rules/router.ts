/**
 * A router with one way in (`a0`) and one out (`b0`), packets sent into it as frames and heard behind it: what its rules do,
 * by the kernel itself.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Json } from '../../../server/core/json.ts';
import type { Tuple } from '../../../server/reach/judge/packet.ts';
import type { Scratch } from '../../kernel/support/scratch.ts';
import { scratchNamespaces } from '../../kernel/support/scratch.ts';
import { markerFrame, packetFrame, readFrame } from './packets.ts';

type Listed = Readonly<Record<string, Json>>;

export interface Router {
  /** Loads rules in place of those before; lines that nft refuses are left out. Answers with the listing. */
  load(text: string): readonly Listed[];
  listing(): readonly Listed[];
  /** Forgets all flows and rules, and loads what shows the harness how far the packets are. */
  reset(): void;
  /** A program in the router's namespace; throws where it fails. */
  run(argv: readonly string[], input?: string): string;
  attempt: (argv: readonly string[], input?: string) => ReturnType<Scratch['attempt']>;
  /** What came out at the other end, by number. */
  send(tuples: readonly Tuple[]): Promise<ReadonlyMap<number, Tuple>>;
  /** Packets that the stack kept for itself. */
  received(): number;
  close(): void;
}

export const LOCAL = { 4: ['10.9.1.1', '10.9.2.1'], 6: ['fd00:9:1::1', 'fd00:9:2::1'] } as const;

const MAC = {
  a0: '02:00:00:00:0a:01',
  c: '02:00:00:00:0a:02',
  b0: '02:00:00:00:0b:01',
  s: '02:00:00:00:0b:02',
} as const;

const SETTINGS = `
cd /proc/sys/net
for each in ipv4/conf/all/rp_filter ipv4/conf/default/rp_filter; do echo 0 >$each; done
for each in ipv4/ip_forward ipv6/conf/all/forwarding ipv4/conf/all/accept_local; do echo 1 >$each; done
echo 0 >ipv6/conf/all/accept_dad; echo 0 >ipv6/conf/default/accept_dad; echo 0 >ipv6/conf/default/router_solicitations
`;

const UP = `
ip link set a0 address ${MAC.a0} up
ip link set b0 address ${MAC.b0} up
ip addr add ${LOCAL[4][0]}/32 dev a0; ip addr add ${LOCAL[4][1]}/32 dev b0
ip addr add ${LOCAL[6][0]}/128 dev a0 nodad; ip addr add ${LOCAL[6][1]}/128 dev b0 nodad
ip neigh add 169.254.9.9 lladdr ${MAC.s} dev b0 nud permanent
ip neigh add fe80::9 lladdr ${MAC.s} dev b0 nud permanent
ip route add default via 169.254.9.9 dev b0 onlink
ip -6 route add default via fe80::9 dev b0 onlink
`;

/** What shows the harness how far the packets are, and is no part of the rules that are judged. */
const PROBE = `
table netdev probe {
  chain in { type filter hook ingress device "a0" priority 0; ether type 0x88b5 fwd to "b0"; }
}
table inet probe {
  counter local { }
  chain in { type filter hook input priority 2000; iifname "a0" meta l4proto { tcp, udp, icmp, icmpv6, gre } counter name local drop; }
}
`;

export async function openRouter(): Promise<Router> {
  const scratch = scratchNamespaces();
  const folder = mkdtempSync(path.join(tmpdir(), 'tl-rules-'));
  const wire = path.join(folder, 'wire');
  execFileSync('gcc', ['-O2', '-o', wire, fileURLToPath(new URL('wire.c', import.meta.url))]);
  const [client, router, server] = [scratch.add('tl-rl-c'), scratch.add('tl-rl-r'), scratch.add('tl-rl-s')];
  scratch.run(router, ['sh', '-ec', SETTINGS]);
  for (const end of [client, server]) scratch.run(end, ['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
  scratch.run(router, ['ip', 'link', 'add', 'a0', 'type', 'veth', 'peer', 'name', 'c', 'netns', client]);
  scratch.run(router, ['ip', 'link', 'add', 'b0', 'type', 'veth', 'peer', 'name', 's', 'netns', server]);
  scratch.run(client, ['ip', 'link', 'set', 'c', 'address', MAC.c, 'arp', 'off', 'up']);
  scratch.run(server, ['ip', 'link', 'set', 's', 'address', MAC.s, 'arp', 'off', 'up']);
  scratch.run(router, ['sh', '-ec', UP]);
  const ear = spawn('ip', ['netns', 'exec', server, wire, 'hear', 's'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: ear.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the ear at the far end is gone');
    return line.value;
  };
  if ((await next()) !== 'ready') throw new Error('the ear at the far end did not start');
  const listAll = (): readonly Listed[] => listed(scratch, router);
  const reset = (): void => {
    scratch.run(router, ['nft', 'flush', 'ruleset']);
    scratch.run(router, ['nft', '-f', '-'], PROBE);
    scratch.attempt(router, ['conntrack', '-F']);
  };
  return {
    load(text) {
      reset();
      loadLines(scratch, router, text);
      return listAll().filter((each) => !isProbe(each));
    },
    reset,
    run: (argv, input) => scratch.run(router, argv, input),
    attempt: (argv, input) => scratch.attempt(router, argv, input),
    listing: () => listAll().filter((each) => !isProbe(each)),
    received: () => countOf(listAll()),
    async send(tuples) {
      const frames = tuples.map((tuple, number) => packetFrame(MAC.c, MAC.a0, tuple, number));
      const input = [...frames, markerFrame(MAC.c, MAC.a0, tuples.length)].map((each) => `${each.toString('hex')}\n`);
      scratch.run(client, [wire, 'send', 'c'], input.join(''));
      const heard = new Map<number, Tuple>();
      for (;;) {
        const frame = readFrame(await next());
        if (frame === 'marker') return heard;
        if (frame !== undefined) heard.set(frame.number, frame.tuple);
      }
    },
    close() {
      ear.stdin.end();
      scratch.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function listed(scratch: Scratch, namespace: string): readonly Listed[] {
  const text = scratch.run(namespace, ['nft', '-j', 'list', 'ruleset']);
  return (JSON.parse(text) as { readonly nftables: readonly Listed[] }).nftables;
}

function isProbe(object: Listed): boolean {
  const [value] = Object.values(object);
  const { table, name } = value as { readonly table?: string; readonly name?: string };
  return table === 'probe' || ('table' in object && name === 'probe');
}

function countOf(listing: readonly Listed[]): number {
  const counter = listing.map(
    (each) => each['counter'] as { readonly name: string; readonly packets: number } | undefined,
  );
  return counter.find((each) => each?.name === 'local')?.packets ?? 0;
}

/** A refused line is left out, and what refers to it with it. */
export function loadLines(scratch: Scratch, namespace: string, text: string): void {
  const lines = text.split('\n');
  for (let tries = 0; tries < lines.length; tries += 1) {
    const { exitCode, output } = scratch.attempt(namespace, ['nft', '-f', '-'], `${lines.join('\n')}\n`);
    if (exitCode === 0) return;
    const wrong = [...output.matchAll(/^[^\s:]+:(\d+):/gm)].map((match) => Number(match[1]) - 1);
    const rules = wrong.filter((line) => /^(add rule|set|map) /.test(lines[line] ?? ''));
    if (rules.length === 0) throw new Error(`${output}\n${lines.join('\n')}`);
    for (const line of rules) lines[line] = '';
  }
  throw new Error('nft refuses every line');
}
