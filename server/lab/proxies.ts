/**
 * Guests that a gateway hands connections to (`intercept`): in the lab each is a transparent proxy as it would be in production, with
 * TPROXY rules and a table that makes every address its own, and a program that opens each connection anew in the client's name. It
 * carries TCP; what else is handed to it is lost, as with a proxy that does not listen.
 */
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import type { AgentClient } from './control.ts';
import { runInNodes } from './each.ts';
import type { LabNode } from './lab.ts';
import { parseIpJson } from './tool.ts';

export interface LabProxy {
  /** Where its program listens. Sorted. */
  readonly ports: readonly number[];
  /** Ports that are handed to it, and at which of its own. */
  readonly taken: readonly { readonly first: number; readonly last: number; readonly to: number }[];
}

/** By the name of the guest. */
export function labProxies(model: Model): ReadonlyMap<string, LabProxy> {
  const proxies = new Map<string, LabProxy>();
  for (const { services, targets } of [...model.gateways.values()].flatMap(({ intercepts }) => intercepts)) {
    const ranges = services.flatMap((service) => (service.protocol === 'tcp' ? service.ports : []));
    for (const { guest, port } of targets) {
      if (guest === null) continue;
      const known = proxies.get(guest) ?? { ports: [], taken: [] };
      const taken = ranges.flatMap(({ first, last }) =>
        port === null
          ? portsFrom(first, last).map((each) => ({ first: each, last: each, to: each }))
          : [{ first, last, to: port }],
      );
      const ports = [...new Set([...known.ports, ...taken.map(({ to }) => to)])].sort((a, b) => a - b);
      proxies.set(guest, { ports, taken: [...known.taken, ...taken] });
    }
  }
  return proxies;
}

function portsFrom(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export async function relay(agent: AgentClient, guest: string, port: number): Promise<void> {
  const { error } = await agent.ask('relay', guest, String(port));
  // A proxy that the user runs in the guest listens there instead.
  if (error === undefined || error.includes('Address already in use')) return;
  throw new Failure('lab', `${guest} cannot be a proxy on port ${String(port)}`, { detail: error });
}

export interface ProxyNode {
  readonly node: LabNode;
  readonly proxy: LabProxy | undefined;
}

/** Below the priorities of the lab's other rules, and a table and mark of the same number. */
const NUMBER = '900';

export async function makeProxies(all: readonly ProxyNode[]): Promise<void> {
  const wanted = all.flatMap(({ node, proxy }) => (proxy === undefined ? [] : [{ node, proxy }]));
  await runInNodes(
    wanted.map(({ node, proxy }) => ({
      ...{ node, argv: ['nft', '-f', '-'], stdin: tableText(proxy) },
      purpose: `make ${node.name} a transparent proxy`,
    })),
  );
  for (const family of ['-4', '-6']) {
    const read = await runInNodes(
      wanted.map(({ node }) => ({
        ...{ node, argv: ['ip', '-j', family, 'rule', 'show', 'priority', NUMBER], stdin: '' },
        purpose: `read the rules of ${node.name}`,
      })),
    );
    await runInNodes(
      wanted.map(({ node }, index) => ({
        ...{ node, argv: ['ip', family, '-batch', '-'] },
        stdin: [
          ...((parseIpJson(read[index] ?? '')[0] ?? []).length > 0
            ? []
            : [`rule add priority ${NUMBER} fwmark ${NUMBER} lookup ${NUMBER}\n`]),
          `route replace local default dev lo table ${NUMBER}\n`,
        ].join(''),
        purpose: `make every address its own in ${node.name}`,
      })),
    );
  }
}

/** What belongs to connections that it has, or that are handed to it, is for its sockets, whatever the address. */
function tableText({ taken }: LabProxy): string {
  const ours = `meta mark set ${NUMBER} accept`;
  const lines = taken.flatMap(({ first, last, to }) =>
    (['ip', 'ip6'] as const).map((family) => {
      const others = `meta nfproto ${family === 'ip' ? 'ipv4' : 'ipv6'} fib daddr type != local`;
      const range = first === last ? String(first) : `${String(first)}-${String(last)}`;
      return `\t\t${others} tcp dport ${range} tproxy ${family} to :${String(to)} ${ours}\n`;
    }),
  );
  return `table inet lab-proxy\ndelete table inet lab-proxy\ntable inet lab-proxy {
\tchain proxy-prerouting {
\t\ttype filter hook prerouting priority -150; policy accept;
\t\tmeta l4proto tcp socket transparent 1 ${ours}
${[...new Set(lines)].join('')}\t}
}
`;
}
