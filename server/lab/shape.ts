import type { Address, Family, InterfaceAddress, Prefix } from '../core/address.ts';
import { familyOf } from '../core/address.ts';
import type { Json } from '../core/json.ts';
import { ROUTE_PROTOCOL } from '../flow/mark.ts';
import type { AgentClient } from './control.ts';
import { enterNetwork, readIp, runIp } from './enter.ts';
import type { LabNode } from './lab.ts';
import { parseIpJson, runTool, textOf } from './tool.ts';

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

/** Makes the node's network as wanted, by what differs only: what is right already is not touched. */
export async function shapeNode(agent: AgentClient, shape: NodeShape): Promise<void> {
  const { node } = agent;
  const [links = [], routes = []] = parseIpJson(
    await readIp(
      `read ${node.name}`,
      node,
      [],
      [
        ['address', 'show'],
        ['route', 'show', 'table', 'all'],
      ],
    ),
  );
  for (const nic of shape.nics) {
    const off = nic.addresses.some((each) => familyOf(each) === 6) ? '0' : '1';
    const answer = await agent.ask('sysctl', `net/ipv6/conf/${nic.device}/disable_ipv6`, off);
    if (answer.error !== undefined && off === '0')
      await agent.demand('sysctl', `net/ipv6/conf/${nic.device}/disable_ipv6`, off);
  }
  const routing = routeLines(shape.routes, routes);
  const lines = [
    ...routing.gone,
    ...shape.nics.flatMap((nic) =>
      nicLines(
        nic,
        links.find((link) => link['ifname'] === nic.device),
      ),
    ),
    ...addressLines(
      'lo',
      shape.own.map(withFullLength),
      links.find((link) => link['ifname'] === 'lo'),
    ),
    ...routing.missing,
  ];
  await runIp(`set up ${node.name}`, node, lines);
  // Two reads more, for the few nodes that route by source or mark.
  if (shape.rules.length > 0 || routing.further) await shapeRules(node, shape.rules);
}

function withFullLength(address: Address): InterfaceAddress {
  return `${address}/${familyOf(address) === 4 ? '32' : '128'}`;
}

function nicLines(nic: ShapedNic, found: Readonly<Record<string, Json>> | undefined): string[][] {
  const lines: string[][] = [];
  if (nic.mtu !== null && found?.['mtu'] !== nic.mtu)
    lines.push(['link', 'set', 'dev', nic.device, 'mtu', String(nic.mtu)]);
  if (nic.mac !== null && found?.['address'] !== nic.mac)
    lines.push(['link', 'set', 'dev', nic.device, 'address', nic.mac]);
  const flags = found?.['flags'];
  if (!Array.isArray(flags) || !flags.includes('UP')) lines.push(['link', 'set', 'dev', nic.device, 'up']);
  return [...lines, ...addressLines(nic.device, nic.addresses, found)];
}

function addressLines(
  device: string,
  wanted: readonly InterfaceAddress[],
  found: Readonly<Record<string, Json>> | undefined,
): string[][] {
  const there = new Set<string>();
  const list = found?.['addr_info'];
  for (const each of Array.isArray(list) ? (list as readonly Readonly<Record<string, Json>>[]) : []) {
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

function routeLines(wanted: readonly ShapedRoute[], found: readonly Readonly<Record<string, Json>>[]): RouteChanges {
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

async function shapeRules(node: LabNode, wanted: readonly ShapedRule[]): Promise<void> {
  for (const family of [4, 6] as const) {
    const flag = `-${String(family)}`;
    const read = await runTool(`read the rules of ${node.name}`, [
      ...enterNetwork(node),
      'ip',
      '-j',
      flag,
      'rule',
      'show',
    ]);
    const there = new Map((parseIpJson(read)[0] ?? []).map((rule) => [Number(rule['priority']), rule]));
    const mine = wanted.filter((rule) => rule.family === family);
    const lines: string[][] = [];
    for (const [priority] of there) {
      if (
        priority >= RULES.first &&
        priority <= RULES.last &&
        !mine.some((rule) => rule.priority === priority && isRule(rule, there.get(priority)))
      ) {
        lines.push(['rule', 'del', 'priority', String(priority)]);
      }
    }
    lines.push(...mine.filter((rule) => !isRule(rule, there.get(rule.priority))).map(ruleLine));
    if (lines.length === 0) continue;
    const input = lines.map((line) => `${line.join(' ')}\n`).join('');
    await runTool(`set the rules of ${node.name}`, [...enterNetwork(node), 'ip', flag, '-batch', '-'], input);
  }
}

function isRule(rule: ShapedRule, found: Readonly<Record<string, Json>> | undefined): boolean {
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
