/**
 * What makes a kernel object ours. Links (and a namespace, through its `lo`) carry a mark in their alias:
 * `trunkline:1:TOPOLOGY:RESOURCE`, with `+peer` behind it on the far end of a veth pair. Routes carry our protocol number on
 * a link of ours; rules too, and lead to a routing table with a number of the topology's range. Addresses, VLAN and FDB entries belong to whoever owns their link. A firewall table belongs to the topology
 * whose name it has, inside a stack of ours, or by the comment of its marker chain.
 *
 * The number is the format; a newer one than ours is refused, never guessed at.
 */
import { digest } from '../core/hash.ts';
import type { ResourceId } from './resource.ts';

export const MARK_FORMAT = 1;
/** rtnetlink protocol of our routes and rules; free in iproute2's rt_protos. */
export const ROUTE_PROTOCOL = 201;
/** Added to the mark of a proxy: that of the connections that it opens itself. */
export const RELAYED = 64;
/** Conntrack zone of the connections that are handed to proxies. */
export const HANDED_ZONE = 201;
/** Link group that our links are created in: it is set in the same message that makes the link, before the alias can be. */
export const LINK_GROUP = 21_580;

const PREFIX = 'trunkline';
const PEER_SUFFIX = '+peer';

export interface Mark {
  readonly format: number;
  readonly topology: string;
  readonly resource: ResourceId;
  /** The far end of a veth pair. */
  readonly peer: boolean;
}

export function formatMark(topology: string, resource: ResourceId, peer = false): string {
  return `${PREFIX}:${String(MARK_FORMAT)}:${topology}:${resource}${peer ? PEER_SUFFIX : ''}`;
}

/** `undefined` where the alias is not a mark of any format. */
export function parseMark(alias: string | undefined): Mark | undefined {
  const match = /^trunkline:(\d{1,6}):([a-z][a-z0-9-]*):([\x21-\x7e]+)$/.exec(alias ?? '');
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return undefined;
  const peer = match[3].endsWith(PEER_SUFFIX);
  return {
    format: Number(match[1]),
    topology: match[2],
    resource: peer ? match[3].slice(0, -PEER_SUFFIX.length) : match[3],
    peer,
  };
}

/**
 * Routing tables that a topology has for itself: 65,536, at a place made from its name. The kernel takes any number of 32 bits;
 * those that people and distributions choose by hand are far below.
 */
export function routingTables(topology: string): { readonly first: number; readonly last: number } {
  const first = 2 ** 30 + (digest('routing tables', topology).readUInt16BE(0) & 0x3fff) * 2 ** 16;
  return { first, last: first + 2 ** 16 - 1 };
}

/**
 * Priorities of the topology's rules, one for each sort: they are asked before the main table (32766), and each is for other
 * packets than the rest of its sort, so that their order among themselves means nothing.
 */
export function rulePriorities(topology: string): {
  readonly byMark: number;
  readonly bySource: number;
  readonly byNetwork: number;
} {
  const first = 10_000 + (digest('rule priorities', topology).readUInt16BE(0) % 2048) * 6;
  return { byMark: first, bySource: first + 2, byNetwork: first + 4 };
}
