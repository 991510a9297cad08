/**
 * What keepalived is told (keepalived.conf(5)): one VRRP instance for each network with shared addresses, all in one group, so
 * that the gateway moves as a whole. Only the first address is in the adverts; the others move with it, which keeps an advert
 * small whatever the gateway holds.
 */
import { addressPart, bitsOf, familyOf } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import { rulePriorities } from '../../flow/mark.ts';
import type { Gateway, Routing, SourceRouting } from '../../flow/model.ts';
import { CONTROL_NAME, folderOf } from '../../flow/service.ts';
import type { Speaker, SyncLink } from '../link-failover.ts';
import { LOST_NAME } from './uplinks.ts';

export interface KeepalivedInput {
  readonly topology: string;
  readonly gateway: Gateway;
  /** Its place among the members: the first is preferred. */
  readonly rank: number;
  readonly member: string;
  readonly scope: string;
  readonly speakers: readonly Speaker[];
  /** Interfaces without shared addresses: the gateway is of no use where one of them is down. */
  readonly others: readonly string[];
  /** Routes and rules that need a shared address, and go where it goes. */
  readonly moving: Routing;
  readonly sync: SyncLink | undefined;
  /** Somebody writes down when a cable of the host is pulled that the gateway needs. */
  readonly watched: boolean;
}

type Line = string | readonly Line[];

export function keepalivedText(input: KeepalivedInput): string {
  const { speakers, member, sync } = input;
  const [only, second] = speakers;
  // A group of one is a mistake to keepalived, which then says that its configuration is bad.
  const alone = only !== undefined && second === undefined;
  const together = alone ? [] : [...group(input)];
  return render([
    ...block('global_defs', [
      `router_id ${member}`,
      'vrrp_version 3',
      'script_user root',
      'enable_script_security',
      'dynamic_interfaces',
      // On a machine with too much to do an advert that is late is a false alarm on all others.
      'vrrp_priority -20',
      'max_auto_priority -1',
      // Whoever was told otherwise while two had the addresses is told again: nobody else would.
      `vrrp_garp_master_refresh ${String(refreshS(speakers))}`,
      'vrrp_higher_prio_send_advert',
    ]),
    // What is link-local there is so on every network: of which one the other member is meant has to be said.
    ...block(
      'static_routes',
      sync === undefined ? [] : [`${sync.peer}/32 dev ${sync.device} src ${sync.source} scope link`],
    ),
    ...block(
      'track_file uplinks',
      input.watched ? [`file "${folderOf(input.scope)}/${LOST_NAME}"`, 'weight 0', 'init_file 0'] : [],
    ),
    ...together,
    ...speakers.flatMap((speaker) => instance(input, speaker, alone)),
  ]);
}

/** Every second, but for a gateway with so many addresses that telling of them would be a load to everybody. */
function refreshS(speakers: readonly Speaker[]): number {
  const told = speakers.reduce((sum, { addresses }) => sum + addresses.length, 0);
  return Math.ceil(told / ADDRESSES_A_SECOND);
}

const ADDRESSES_A_SECOND = 32;

function block(head: string, lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [] : [`${head} {`, lines, '}'];
}

function render(lines: readonly Line[], indent = ''): string {
  return lines.map((line) => (typeof line === 'string' ? `${indent}${line}\n` : render(line, `${indent}  `))).join('');
}

function group(input: KeepalivedInput): readonly Line[] {
  return block('vrrp_sync_group gateway', [
    ...block(
      'group',
      input.speakers.map(({ device }) => device),
    ),
    ...tracked(input),
    notify(input),
  ]);
}

/** By way of the shell: /run is mounted so that nothing in it can be executed. */
function notify({ scope }: KeepalivedInput): string {
  return `notify "/bin/sh ${folderOf(scope)}/${CONTROL_NAME} notify ${scope}"`;
}

function tracked({ others, watched }: KeepalivedInput): readonly Line[] {
  return [...block('track_interface', others), ...block('track_file', watched ? ['uplinks'] : [])];
}

function instance(input: KeepalivedInput, speaker: Speaker, alone: boolean): readonly Line[] {
  const { failover } = input.gateway;
  const { device, routerId, family, source, peers, addresses } = speaker;
  const [first, ...further] = addresses;
  return block(`vrrp_instance ${device}`, [
    'state BACKUP',
    `interface ${device}`,
    `virtual_router_id ${String(routerId)}`,
    `priority ${String(priorityOf(input.rank))}`,
    `advert_int ${(failover.advertise / 1000).toFixed(2)}`,
    ...(failover.preempt ? [] : ['nopreempt']),
    ...(source === null ? [] : [`${failover.adverts === 'unicast' ? 'unicast' : 'mcast'}_src_ip ${source}`]),
    ...(failover.adverts === 'unicast' ? block('unicast_peer', peers) : []),
    ...(family === 6 ? ['native_ipv6'] : []),
    ...block('virtual_ipaddress', first === undefined ? [] : [addressLine(first, device)]),
    ...block(
      'virtual_ipaddress_excluded',
      further.map((each) => addressLine(each, device)),
    ),
    ...block('virtual_routes', routesBy(input.moving, device)),
    ...block('virtual_rules', rulesBy(input, device)),
    ...(alone ? [...tracked(input), notify(input)] : []),
  ]);
}

/** keepalived takes one that stands alone for deprecated. */
function addressLine(address: string, device: string): string {
  return `${address} dev ${device}${address.endsWith('/128') ? ' preferred_lft forever' : ''}`;
}

/** 255 is for who has the address for good (RFC 9568, 5.2.4); there are no more members than hosts. */
function priorityOf(rank: number): number {
  return Math.max(1, 250 - rank * 10);
}

function routesBy({ routes, sources }: Routing, device: string): readonly Line[] {
  return [
    ...routes.filter((each) => each.device === device).map(({ to, via }) => `${to} via ${via} dev ${device}`),
    ...sources
      .filter((each) => each.device === device)
      .map(({ family, via, table }) => `${everything(family)} via ${via} dev ${device} table ${String(table)}`),
  ];
}

function rulesBy({ moving, topology }: KeepalivedInput, device: string): readonly Line[] {
  const { byMark, bySource, byNetwork } = rulePriorities(topology);
  return moving.sources
    .filter((each) => each.device === device)
    .flatMap((source) => [
      ...source.from.flatMap((from) =>
        ruleLines(source, `from ${hostLong(from)}`, from.includes('/') ? byNetwork : bySource),
      ),
      ...(source.mark === null ? [] : ruleLines(source, `fwmark ${String(source.mark)}`, byMark)),
    ]);
}

function ruleLines({ family, table, always }: SourceRouting, selector: string, priority: number): readonly string[] {
  const words = `${family === 6 ? 'inet6 ' : ''}${selector}`;
  return [
    ...(always === true ? [] : [`${words} table main suppress_prefixlength 0 preference ${String(priority)}`]),
    `${words} table ${String(table)} preference ${String(priority + 1)}`,
  ];
}

function hostLong(address: string): string {
  return address.includes('/') ? address : `${addressPart(address)}/${String(bitsOf(familyOf(address)))}`;
}

function everything(family: Family): string {
  return family === 4 ? '0.0.0.0/0' : '::/0';
}
