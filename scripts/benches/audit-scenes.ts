/**
 * Gateways that publish many ports, as they are found: our own (a map of nft), rules one by one (nft), and as Docker writes them
 * (iptables: for each port one rule that translates, one that accepts, one for the container itself).
 */
import type { Scene } from '../../server/audit/scene.ts';
import { sceneOf } from '../../server/audit/scene.ts';
import type { Json } from '../../server/core/json.ts';
import type { NetworkStack, World } from '../../server/flow/world.ts';
import { compileText } from '../../server/model/compile-file.ts';
import type { Model } from '../../server/flow/model.ts';
import { wantedWorld } from '../../server/run/worlds.ts';

export interface Published {
  /** `192.0.2.11` */
  readonly address: string;
  readonly port: number;
  readonly target: string;
  readonly targetPort: number;
}

export interface Built {
  readonly model: Model;
  readonly world: World;
  /** By the gateway that publishes them. */
  readonly published: ReadonlyMap<string, readonly Published[]>;
}

const PER_GUEST = 50;
const PER_NETWORK = 200;

/** One host, so many gateways on it, each with its own public address and guests; the ports are shared out among them. */
export function topology(mappings: number, gateways: number): Built {
  const each = Math.ceil(mappings / gateways);
  const published = new Map<string, readonly Published[]>();
  const guests: string[] = [];
  const lines: string[] = [];
  const networks: string[] = [];
  for (let g = 1; g <= gateways; g += 1) {
    const count = Math.ceil(each / PER_GUEST);
    const name = (guest: number): string => `srv-${String(g)}-${String(guest)}`;
    const network = (guest: number): number => g * 4 + Math.floor(guest / PER_NETWORK);
    const address = (guest: number): string => `10.1.${String(network(guest))}.${String((guest % PER_NETWORK) + 10)}`;
    const own = [...new Set(Array.from({ length: count }, (_, guest) => network(guest)))];
    for (const each of own) networks.push(`  app-${String(each)}: { subnet: 10.1.${String(each)}.0/24 }`);
    for (let guest = 0; guest < count; guest += 1)
      guests.push(
        `  ${name(guest)}: { on: node, nics: { app-${String(network(guest))}: ${address(guest)} }, listens: [8000-${String(8000 + PER_GUEST - 1)}/tcp] }`,
      );
    const list = Array.from({ length: each }, (_, index): Published & { readonly to: string } => ({
      ...{ address: `192.0.2.${String(10 + g)}`, port: 20_000 + index },
      ...{ target: address(index % count), to: name(index % count), targetPort: 8000 + Math.floor(index / count) },
    }));
    published.set(`gw-${String(g)}`, list);
    lines.push(
      `  gw-${String(g)}:`,
      '    on: node',
      '    runs: netns',
      `    nics: { wan: { address: 192.0.2.${String(10 + g)}, default: true }, ${own.map((each) => `app-${String(each)}: 10.1.${String(each)}.1`).join(', ')} }`,
      '    nat:',
      `      masquerade: [${own.map((each) => `app-${String(each)} -> wan`).join(', ')}]`,
      '      publish:',
      ...list.map(({ port, to, targetPort }) => `        - ${String(port)}/tcp -> ${to}:${String(targetPort)}`),
    );
  }
  const text = [
    'topology: published',
    'networks:',
    '  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }',
    ...networks,
    'hosts:',
    '  node:',
    '    access: local',
    '    bridges:',
    '      br-wan: { ports: [eno1], networks: [wan] }',
    ...networks
      .map((line) => /app-\d+/.exec(line)?.[0] ?? '')
      .map((name) => `      br-${name}: { networks: [${name}] }`),
    'guests:',
    ...guests,
    'gateways:',
    ...lines,
    'policy:',
    '  - { allow: 8000-8999/tcp, from: internet, to: "srv-*" }',
    '',
  ].join('\n');
  const { model, diagnostics } = compileText({ file: 'published.yaml', text });
  if (model === null) throw new Error(diagnostics.map(({ summary }) => summary).join('\n'));
  return { model, world: wantedWorld(model), published };
}

export function asWanted({ world, model }: Built): Scene {
  return sceneOf({ world, model, found: false });
}

/** The same network, with other rules on the gateways: nobody's file speaks of them. */
export function withRules(
  { world, published }: Built,
  rulesOf: (list: readonly Published[]) => Pick<NetworkStack, 'tables' | 'iptables'>,
): Scene {
  const stacks = new Map(
    [...world.stacks].map(([id, stack]) => {
      const list = [...published].find(([gateway]) => stack.node.includes(gateway) && stack.sort === 'namespace')?.[1];
      return [id, list === undefined ? stack : { ...stack, ...rulesOf(list) }] as const;
    }),
  );
  return sceneOf({ world: { ...world, stacks }, model: null, found: true });
}

type Listed = Readonly<Record<string, Json>>;

/** One rule of nft each; whatever they translate may pass. */
export function ruleByRule(list: readonly Published[]): Pick<NetworkStack, 'tables' | 'iptables'> {
  const at = { family: 'ip', table: 'nat' };
  const match = (left: Json, right: Json): Json => ({ match: { op: '==', left, right } });
  const field = (protocol: string, name: string): Json => ({ payload: { protocol, field: name } });
  const objects: readonly Listed[] = [
    { table: { family: 'ip', name: 'nat' } },
    { chain: { ...at, name: 'pre', type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' } },
    { chain: { ...at, name: 'fwd', type: 'filter', hook: 'forward', prio: 0, policy: 'drop' } },
    ...list.map(({ address, port, target, targetPort }, index): Listed => {
      const expr = [
        ...[match(field('ip', 'daddr'), address), match(field('tcp', 'dport'), port)],
        ...[{ counter: { packets: index, bytes: 0 } }, { dnat: { addr: target, port: targetPort } }],
      ];
      return { rule: { ...at, chain: 'pre', handle: index + 10, expr } };
    }),
    {
      rule: {
        ...{ ...at, chain: 'fwd', handle: 1 },
        expr: [{ match: { op: 'in', left: { ct: { key: 'status' } }, right: 'dnat' } }, { accept: null }],
      },
    },
  ];
  return { tables: [{ family: 'ip', name: 'nat', objects }], iptables: new Map() };
}

/** As Docker publishes ports of containers on a bridge. */
export function asDocker(list: readonly Published[]): Pick<NetworkStack, 'tables' | 'iptables'> {
  const port = (each: Published): string => String(each.port);
  const text = [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':DOCKER - [0:0]',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    '-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER',
    ...list.map(
      ({ target, targetPort }) =>
        `-A POSTROUTING -s ${target}/32 -d ${target}/32 -p tcp -m tcp --dport ${String(targetPort)} -j MASQUERADE`,
    ),
    ...list.map(
      (each) =>
        `-A DOCKER -d ${each.address}/32 -p tcp -m tcp --dport ${port(each)} -j DNAT --to-destination ${each.target}:${String(each.targetPort)}`,
    ),
    'COMMIT',
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':DOCKER - [0:0]',
    '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A FORWARD -j DOCKER',
    ...list.map(
      ({ target, targetPort }) => `-A DOCKER -d ${target}/32 -p tcp -m tcp --dport ${String(targetPort)} -j ACCEPT`,
    ),
    'COMMIT',
    '',
  ].join('\n');
  return { tables: [], iptables: new Map([['iptables-legacy.txt', text]]) };
}
