import type { Address, Family, InterfaceAddress, Prefix } from '../core/address.ts';
import { familyOf } from '../core/address.ts';
import { Failure } from '../core/failure.ts';
import { ROUTE_PROTOCOL } from '../flow/mark.ts';
import type { AgentClient } from './control.ts';
import { runInNodes } from './each.ts';
import { readIp, runIp } from './enter.ts';
import type { LabNode } from './lab.ts';
import { parseIpJson, textOf } from './tool.ts';
import type { IpObject } from './tool.ts';

/** How the network of a node that is no host has to be: its NICs are there already, this is what they carry. */
export interface NodeShape {
  readonly nics: readonly ShapedNic[];
  /** On `lo`: addresses that the node owns beyond any NIC. */
  readonly own: readonly Address[];
  readonly routes: readonly ShapedRoute[];
  readonly rules: readonly ShapedRule[];
}

export interface ShapedNic {
  readonly device: string;
  readonly addresses: readonly InterfaceAddress[];
  /** `null`: as it is. */
  readonly mtu: number | null;
  readonly mac: string | null;
}

export interface ShapedRoute {
  /** A prefix, or `default`. */
  readonly to: Prefix;
  readonly via: Address;
  readonly device: string;
  readonly table: number;
}

/** Packets from `source`, or that carry `mark`, are routed by `table`. */
export interface ShapedRule {
  readonly priority: number;
  readonly family: Family;
  readonly source: Address | null;
  readonly mark: number | null;
  readonly table: number;
  /** Only routes longer than the default of that table count. */
  readonly specific: boolean;
}

export const MAIN_TABLE = 254;
/** Priorities of rules that the lab makes inside nodes. */
export const RULES = { first: 1000, last: 29_999 } as const;

/** What a node's network is: its links by name, its routes in all tables. */
export interface NodeState {
  readonly links: ReadonlyMap<string, IpObject>;
  readonly routes: readonly IpObject[];
}

export const NOTHING_THERE: NodeState = { links: new Map(), routes: [] };

export interface ShapedNode {
  readonly node: LabNode;
  readonly found: NodeState;
  readonly shape: NodeShape;
}

export async function readNodes(nodes: readonly LabNode[]): Promise<readonly NodeState[]> {
  const read = await readIp(nodes, [
    ['address', 'show'],
    ['route', 'show', 'table', 'all'],
  ]);
  return read.map(([links = [], routes = []]) => ({
    links: new Map(links.map((link) => [textOf(link['ifname']), link])),
    routes,
  }));
}

/** One node, from what it is now. */
export async function shapeNode(agent: AgentClient, shape: NodeShape): Promise<void> {
  const { node } = agent;
  await switchFamilies(agent, shape);
  const found = await readNodes([node]);
  await shapeNodes(found.map((state) => ({ node, shape, found: state })));
}

/**
 * IPv6 on for the NICs that have an address of it, off for the others: before the node is read, since what is switched off
 * loses its addresses and routes by itself. A NIC that is not there, or IPv6 that the kernel has not, is for others to report.
 */
export async function switchFamilies(agent: AgentClient, { nics }: NodeShape): Promise<void> {
  await Promise.all(
    nics.map(async ({ device, addresses }) => {
      const off = addresses.some((each) => familyOf(each) === 6) ? '0' : '1';
      const { error } = await agent.ask('sysctl', `net/ipv6/conf/${device}/disable_ipv6`, off);
      if (error === undefined || error.includes('No such file') || off === '1') return;
      throw new Failure('lab', `IPv6 cannot be switched on in ${agent.node.name}`, { detail: `${device}: ${error}` });
    }),
  );
}

/** Makes the nodes' networks as wanted, by what differs only: what is right already is not touched. */
export async function shapeNodes(all: readonly ShapedNode[]): Promise<void> {
  const changes = all.map((each) => ({ ...each, routing: routeLines(each.shape.routes, each.found.routes) }));
  await runIp(
    ...changes.map(({ node, found: { links }, shape, routing }) => ({
      node,
      purpose: `set up ${node.name}`,
      lines: [
        ...routing.gone,
        ...shape.nics.flatMap((nic) => nicLines(nic, links.get(nic.device))),
        ...addressLines('lo', shape.own.map(withFullLength), links.get('lo')),
        ...routing.missing,
      ],
    })),
  );
  // Two reads more, for the few nodes that route by source or mark.
  await shapeRules(changes.filter(({ shape, routing }) => shape.rules.length > 0 || routing.further));
}

function withFullLength(address: Address): InterfaceAddress {
  return `${address}/${familyOf(address) === 4 ? '32' : '128'}`;
}

function nicLines(nic: ShapedNic, found: IpObject | undefined): string[][] {
  const lines: string[][] = [];
  if (nic.mtu !== null && found?.['mtu'] !== nic.mtu)
    lines.push(['link', 'set', 'dev', nic.device, 'mtu', String(nic.mtu)]);
  if (nic.mac !== null && found?.['address'] !== nic.mac)
    lines.push(['link', 'set', 'dev', nic.device, 'address', nic.mac]);
  const flags = found?.['flags'];
  if (!Array.isArray(flags) || !flags.includes('UP')) lines.push(['link', 'set', 'dev', nic.device, 'up']);
  return [...lines, ...addressLines(nic.device, nic.addresses, found)];
}

function addressLines(device: string, wanted: readonly InterfaceAddress[], found: IpObject | undefined): string[][] {
  const there = new Set<string>();
  const list = found?.['addr_info'];
  for (const each of Array.isArray(list) ? (list as readonly IpObject[]) : []) {
    if (each['scope'] === 'global') there.add(`${textOf(each['local'])}/${textOf(each['prefixlen'])}`);
  }
  return [
    ...[...there]
      .filter((address) => !wanted.includes(address))
      .map((address) => ['address', 'del', address, 'dev', device]),
    ...wanted
      .filter((address) => !there.has(address))
      .map((address) => ['address', 'add', address, 'dev', device, ...(familyOf(address) === 6 ? ['nodad'] : [])]),
  ];
}

interface RouteChanges {
  readonly gone: string[][];
  readonly missing: string[][];
  /** Whether there was a route of ours in a table of its own. */
  readonly further: boolean;
}

function routeLines(wanted: readonly ShapedRoute[], found: readonly IpObject[]): RouteChanges {
  // A route to one address is read back without its length.
  const key = (to: string, via: string, device: string, table: string): string =>
    `${to.replace(/\/(32|128)$/, '')} ${via} ${device} ${table}`;
  const keep = new Set(wanted.map((each) => key(each.to, each.via, each.device, String(each.table))));
  const there = new Set<string>();
  const gone: string[][] = [];
  let further = false;
  for (const route of found) {
    if (textOf(route['protocol']) !== String(ROUTE_PROTOCOL)) continue;
    const [to, via, device] = [textOf(route['dst']), textOf(route['gateway']), textOf(route['dev'])];
    const table =
      route['table'] === undefined || route['table'] === 'main' ? String(MAIN_TABLE) : textOf(route['table']);
    further ||= table !== String(MAIN_TABLE);
    there.add(key(to, via, device, table));
    if (!keep.has(key(to, via, device, table)))
      gone.push(['route', 'del', to, 'via', via, 'dev', device, 'table', table]);
  }
  // The kernel takes a router outside of the NIC's subnets with `onlink` only; whether it answers is for packets to show.
  const missing = wanted
    .filter(({ to, via, device, table }) => !there.has(key(to, via, device, String(table))))
    .map(({ to, via, device, table }) => [
      'route',
      'add',
      to,
      'via',
      via,
      'dev',
      device,
      'onlink',
      'proto',
      String(ROUTE_PROTOCOL),
      'table',
      String(table),
    ]);
  return { gone, missing, further };
}

async function shapeRules(all: readonly ShapedNode[]): Promise<void> {
  for (const family of [4, 6] as const) {
    const flag = `-${String(family)}`;
    const argv = ['ip', '-j', flag, 'rule', 'show'];
    const read = await runInNodes(
      all.map(({ node }) => ({ node, purpose: `read the rules of ${node.name}`, argv, stdin: '' })),
    );
    const programs = all.flatMap(({ node, shape }, index) => {
      const wanted = shape.rules.filter((rule) => rule.family === family);
      const lines = ruleLines(wanted, parseIpJson(read[index] ?? '')[0] ?? []);
      const stdin = lines.map((line) => `${line.join(' ')}\n`).join('');
      const purpose = `set the rules of ${node.name}`;
      return stdin === '' ? [] : [{ node, purpose, argv: ['ip', flag, '-batch', '-'], stdin }];
    });
    await runInNodes(programs);
  }
}

function ruleLines(wanted: readonly ShapedRule[], found: readonly IpObject[]): readonly string[][] {
  const there = new Map(found.map((rule) => [Number(rule['priority']), rule]));
  const isWrong = (priority: number): boolean =>
    !wanted.some((rule) => rule.priority === priority && isRule(rule, there.get(priority)));
  const gone = [...there.keys()].filter(
    (priority) => priority >= RULES.first && priority <= RULES.last && isWrong(priority),
  );
  return [
    ...gone.map((priority) => ['rule', 'del', 'priority', String(priority)]),
    ...wanted.filter((rule) => !isRule(rule, there.get(rule.priority))).map(ruleLine),
  ];
}

function isRule(rule: ShapedRule, found: IpObject | undefined): boolean {
  if (found === undefined) return false;
  const table = rule.table === MAIN_TABLE ? 'main' : String(rule.table);
  const mark = found['fwmark'] === undefined ? null : Number(found['fwmark']);
  return found['src'] === (rule.source ?? 'all') && mark === rule.mark && found['table'] === table;
}

function ruleLine(rule: ShapedRule): string[] {
  return [
    'rule',
    'add',
    'priority',
    String(rule.priority),
    ...(rule.source === null ? [] : ['from', rule.source]),
    ...(rule.mark === null ? [] : ['fwmark', String(rule.mark)]),
    'lookup',
    String(rule.table),
    ...(rule.specific ? ['suppress_prefixlength', '0'] : []),
  ];
}
