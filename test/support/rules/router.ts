/**
 * A router with three interfaces, a zone behind each (or a switch with three ports), packets sent into it as frames and heard behind it: what its rules do,
 * and which of them did it, by the kernel itself.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustParseAddress } from '../../../server/core/address.ts';
import type { Json } from '../../../server/core/json.ts';
import type { Scratch } from '../../kernel/support/scratch.ts';
import { scratchNamespaces } from '../../kernel/support/scratch.ts';
import { LineProgram } from './line-program.ts';
import { markerFrame, packetFrame, readFrame } from './packets.ts';
import type { Heard, Shot } from './packets.ts';

type Listed = Readonly<Record<string, Json>>;

/** How one chain ended for a packet; `handle` is `null` where its policy did. */
export interface TracedEnd {
  readonly family: string;
  readonly table: string;
  /** That of the rule: a base chain, or one that it calls. */
  readonly chain: string;
  readonly handle: number | null;
  readonly verdict: string;
}

/** What the chains of nft said to one packet. */
export interface Traced {
  /** Of the base chains, in order. */
  readonly ends: readonly TracedEnd[];
  /** It came to the router's own sockets. */
  readonly kept: boolean;
}

export interface Router {
  /** Loads rules in place of those before; lines that nft refuses are left out. Answers with the listing. */
  load(text: string): readonly Listed[];
  listing(): readonly Listed[];
  /** Forgets all flows and rules, and loads what shows the harness how far the packets are. */
  reset(): void;
  /** A program in the router's namespace; throws where it fails. */
  run(argv: readonly string[], input?: string): string;
  attempt: (argv: readonly string[], input?: string) => ReturnType<Scratch['attempt']>;
  /** What came out at the other ends, by number. */
  send(shots: readonly Shot[]): Promise<ReadonlyMap<number, Heard>>;
  /** By number, what became of the packets that were sent since this was asked last. */
  traced(): Promise<ReadonlyMap<number, Traced>>;
  close(): Promise<void>;
}

export const PORTS = ['a0', 'b0', 'c0'] as const;
export type Port = (typeof PORTS)[number];

/** What comes behind all packets leaves by it, past all rules. */
const MARKS = 'm0';

/** The router's own addresses, by interface. */
export const OWN: Readonly<Record<Port, Readonly<Record<4 | 6, string>>>> = {
  a0: { 4: '10.9.1.1', 6: 'fd00:9:1::1' },
  b0: { 4: '10.9.2.1', 6: 'fd00:9:2::1' },
  c0: { 4: '10.9.3.1', 6: 'fd00:9:3::1' },
};

export const LOCAL = {
  4: PORTS.map((port) => OWN[port][4]),
  6: PORTS.map((port) => OWN[port][6]),
} as const;

/** Who is behind `a0` and `c0`; all others are behind `b0`. */
export const ZONES: Readonly<Record<4 | 6, readonly (readonly [Exclude<Port, 'b0'>, string, number])[]>> = {
  4: [
    ['a0', '10.1.0.0', 24],
    ['c0', '10.1.3.0', 24],
  ],
  6: [
    ['a0', 'fd00:a::', 64],
    ['c0', 'fd00:a:0:2::', 64],
  ],
};

export const isOwn = (family: 4 | 6, address: bigint): boolean =>
  LOCAL[family].some((text) => mustParseAddress(text).value === address);

export function portTo(family: 4 | 6, address: bigint): Port {
  const bits = family === 4 ? 32n : 128n;
  const zone = ZONES[family].find(([, network, length]) => {
    const shift = bits - BigInt(length);
    return mustParseAddress(network).value >> shift === address >> shift;
  });
  return zone?.[0] ?? 'b0';
}

/** Of the router's end of each cable, and of the far one. */
export const MAC: Readonly<Record<Port, { readonly near: string; readonly far: string }>> = {
  a0: { near: '02:00:00:00:0a:01', far: '02:00:00:00:0a:02' },
  b0: { near: '02:00:00:00:0b:01', far: '02:00:00:00:0b:02' },
  c0: { near: '02:00:00:00:0c:01', far: '02:00:00:00:0c:02' },
};

const SETTINGS = `
cd /proc/sys/net
for each in ipv4/conf/all/rp_filter ipv4/conf/default/rp_filter ipv4/conf/all/send_redirects ipv4/conf/default/send_redirects; do echo 0 >$each; done
for each in ipv4/ip_forward ipv6/conf/all/forwarding ipv4/conf/all/accept_local; do echo 1 >$each; done
echo 0 >ipv6/conf/all/accept_dad; echo 0 >ipv6/conf/default/accept_dad; echo 0 >ipv6/conf/default/router_solicitations
test -e netfilter/nf_conntrack_tcp_be_liberal && echo 1 >netfilter/nf_conntrack_tcp_be_liberal
:
`;

/** Of the bridge, where it is a switch. */
export const BRIDGE = { name: 'br0', mac: '02:00:00:00:0d:01' } as const;

const UP_SWITCH = [
  `ip link add ${BRIDGE.name} address ${BRIDGE.mac} type bridge mcast_snooping 0; ip link set ${BRIDGE.name} up`,
  ...PORTS.flatMap((port) => [
    `ip link set ${port} address ${MAC[port].near} master ${BRIDGE.name} up`,
    `bridge fdb add ${MAC[port].far} dev ${port} master static`,
    `ip addr add ${OWN[port][4]}/32 dev ${BRIDGE.name}; ip addr add ${OWN[port][6]}/128 dev ${BRIDGE.name} nodad`,
  ]),
].join('\n');

const UP_ROUTER = [
  ...PORTS.flatMap((port) => [
    `ip link set ${port} address ${MAC[port].near} up`,
    `ip addr add ${OWN[port][4]}/32 dev ${port}; ip addr add ${OWN[port][6]}/128 dev ${port} nodad`,
    `ip neigh add 169.254.9.9 lladdr ${MAC[port].far} dev ${port} nud permanent`,
    `ip neigh add fe80::9 lladdr ${MAC[port].far} dev ${port} nud permanent`,
  ]),
  'ip route add default via 169.254.9.9 dev b0 onlink; ip -6 route add default via fe80::9 dev b0 onlink',
  ...ZONES[4].map(
    ([port, network, bits]) => `ip route add ${network}/${String(bits)} via 169.254.9.9 dev ${port} onlink`,
  ),
  ...ZONES[6].map(
    ([port, network, bits]) => `ip -6 route add ${network}/${String(bits)} via fe80::9 dev ${port} onlink`,
  ),
].join('\n');

/** The kernel learns of a carrier a moment later; what is sent before that is lost. */
const READY = {
  router: `for port in ${PORTS.join(' ')}; do until ip -o link show "$port" | grep -q 'state UP'; do sleep 0.02; done; done`,
  switch: `until [ "$(bridge link | grep -c 'state forwarding')" = ${String(PORTS.length)} ] && ip -o link show ${BRIDGE.name} | grep -q 'state UP'; do sleep 0.02; done`,
};

/** What shows the harness how far the packets are and what becomes of them, and is no part of the rules that are judged. */
const PROBE = `
table netdev probe {
  chain in { type filter hook ingress devices = { a0, b0, c0 } priority -500; ether type 0x88b5 fwd to "m0"; meta nftrace set 1; }
}
table inet probe {
  chain out { type filter hook output priority -1000; ip6 daddr ff00::/8 drop; ip daddr 224.0.0.0/4 drop; }
  chain in { type filter hook input priority 2000; iifname { "a0", "b0", "c0", "br0" } meta l4proto { tcp, udp, icmp, icmpv6, gre, 5, 7, 16, 18, 46, 48 } drop; }
}
`;

/** @param sort `switch`: the three interfaces are ports of a bridge, and frames go to whom they are addressed to. */
export async function openRouter(sort: 'router' | 'switch' = 'router'): Promise<Router> {
  const scratch = scratchNamespaces();
  const folder = mkdtempSync(path.join(tmpdir(), 'tl-rules-'));
  const compiled = (name: string): string => {
    const program = path.join(folder, name);
    execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL(`${name}.c`, import.meta.url))]);
    return program;
  };
  const [ends, router] = [scratch.add('tl-rl-e'), scratch.add('tl-rl-r')];
  scratch.run(router, ['sh', '-ec', SETTINGS]);
  scratch.run(ends, ['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
  for (const port of [...PORTS, MARKS]) {
    scratch.run(router, ['ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', port, 'netns', ends]);
    scratch.run(ends, ['ip', 'link', 'set', port, 'arp', 'off', 'up']);
  }
  for (const port of PORTS) scratch.run(ends, ['ip', 'link', 'set', port, 'address', MAC[port].far]);
  scratch.run(router, ['ip', 'link', 'set', MARKS, 'up']);
  scratch.run(router, ['sh', '-ec', sort === 'router' ? UP_ROUTER : UP_SWITCH]);
  scratch.run(router, ['timeout', '30', 'sh', '-c', READY[sort]]);
  const wire = await LineProgram.start(['ip', 'netns', 'exec', ends, compiled('wire'), ...PORTS, MARKS]);
  const trace = await LineProgram.start(['ip', 'netns', 'exec', router, compiled('trace')]);
  const listAll = (): readonly Listed[] => listed(scratch, router);
  const reset = (): void => {
    scratch.run(router, ['nft', '-f', '-'], `flush ruleset\n${PROBE}`);
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
    async send(shots) {
      const { far, near } = MAC.a0;
      const lines = shots.map(
        (shot) => `${String(PORTS.indexOf(shot.device))} ${packetFrame(MAC[shot.device], shot).toString('hex')}\n`,
      );
      wire.write([...lines, `0 ${markerFrame(far, near).toString('hex')}\n`].join(''));
      const heard = new Map<number, Heard>();
      for (;;) {
        const [device, hex = ''] = (await wire.next()).split(' ');
        const frame = readFrame(hex);
        if (frame === 'marker') return heard;
        const port = PORTS[Number(device)];
        if (frame !== undefined && port !== undefined) heard.set(frame.number, { ...frame, device: port });
      }
    },
    async traced() {
      trace.write('\n');
      const lines: string[] = [];
      for (let line = await trace.next(); line !== '.'; line = await trace.next()) lines.push(line);
      return endsOf(lines);
    },
    async close() {
      await Promise.all([wire.close(), trace.close()]);
      scratch.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of a chain that is called by another one, only the verdict that ends them both. */
function endsOf(lines: readonly string[]): ReadonlyMap<number, Traced> {
  const found = new Map<number, { readonly ends: TracedEnd[]; kept: boolean }>();
  for (const line of lines) {
    const [number, family = '', table = '', chain = '', type, handle, verdict = ''] = line.split(' ');
    if (type !== 'policy' && !(type === 'rule' && (verdict === 'accept' || verdict === 'drop'))) continue;
    const traced = found.get(Number(number)) ?? { ends: [], kept: false };
    found.set(Number(number), traced);
    if (table === 'probe') traced.kept ||= verdict === 'drop';
    else traced.ends.push({ family, table, chain, handle: type === 'policy' ? null : Number(handle), verdict });
  }
  return found;
}

export function listed(scratch: Scratch, namespace: string): readonly Listed[] {
  const text = scratch.run(namespace, ['nft', '-j', 'list', 'ruleset']);
  return (JSON.parse(text) as { readonly nftables: readonly Listed[] }).nftables.map(withDevice);
}

/**
 * nft 1.0.6 leaves out the interface of a chain on `ingress` or `egress`. Of those whose name says it (`f-ingress-a0`) it is put
 * in, as later versions list it; of the others (`f-ingress-a0-hidden`) nobody knows.
 */
function withDevice(object: Listed): Listed {
  const chain = object['chain'] as (Listed & { readonly name: string }) | undefined;
  const device = /^f-(?:in|e)gress-(\w+)$/.exec(chain?.name ?? '')?.[1];
  return chain === undefined || device === undefined ? object : { chain: { ...chain, dev: device } };
}

function isProbe(object: Listed): boolean {
  const [value] = Object.values(object);
  const { table, name } = value as { readonly table?: string; readonly name?: string };
  return table === 'probe' || ('table' in object && name === 'probe');
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
