/** Short forms for writing rules: `[match(field.saddr(4), prefixes), COUNTER, ACCEPT]`. */
import type { Family } from '../address.ts';
import type { Chain, Field, Hook, Interval, Operand, Rule, Selector, Spread, Statement } from './ast.ts';

export const COUNTER: Statement = { counter: null };
export const ACCEPT: Statement = { accept: null };
export const DROP: Statement = { drop: null };
export const RETURN: Statement = { return: null };

/** `ip` or `ip6`: what nft calls the family. */
export function familyWord(family: Family): 'ip' | 'ip6' {
  return family === 4 ? 'ip' : 'ip6';
}

export function payload(protocol: string, field: string): Field {
  return { payload: { protocol, field } };
}

export function meta(key: 'iifname' | 'oifname' | 'l4proto' | 'nfproto'): Field {
  return { meta: { key } };
}

export function source(family: Family): Field {
  return payload(familyWord(family), 'saddr');
}

export function destination(family: Family): Field {
  return payload(familyWord(family), 'daddr');
}

/** Where the first packet of the flow was sent to, before any translation. */
export function originalDestination(family: Family): Field {
  return { ct: { key: `${familyWord(family)} daddr`, dir: 'original' } };
}

/** Port of TCP and UDP alike; in a concatenation only behind the protocol. */
export const ANY_PORT: Field = payload('th', 'dport');
export const PROTOCOL: Field = meta('l4proto');

export function together(...fields: readonly Field[]): Selector {
  return { concat: [...fields] };
}

export function match(left: Selector, right: Operand, op: '==' | '!=' = '=='): Statement {
  return { match: { op, left, right } };
}

/** One of several values. */
export function oneOf(values: readonly Interval[]): Operand {
  return { set: [...values] };
}

export function prefixValue(prefix: string): Interval {
  const [addr, length] = prefix.split('/');
  return { prefix: { addr: addr ?? '', len: Number(length) } };
}

export function conntrackState(state: 'established' | 'related' | 'invalid' | 'new'): Statement {
  return { match: { op: 'in', left: { ct: { key: 'state' } }, right: state } };
}

/** Kept by conntrack for all packets of a flow. */
export const FLOW_MARK: Field = { ct: { key: 'mark' } };
/** What `ip rule … fwmark` looks at. */
export const PACKET_MARK: Field = { meta: { key: 'mark' } };
/** From the one that was connected to, back to the one that began. */
export const REPLY: Statement = { match: { op: '==', left: { ct: { key: 'direction' } }, right: 'reply' } };

/** From the one that began to the one that was connected to. */
export const ONWARD: Statement = { match: { op: '==', left: { ct: { key: 'direction' } }, right: 'original' } };
/** Flows of one zone are not known to another: the same addresses and ports may be two flows. */
export const FLOW_ZONE: Field = { ct: { key: 'zone' } };

export function setMark(field: Field, value: number | Spread): Statement {
  return { mangle: { key: field, value } };
}

export const TRANSLATED: Statement = { match: { op: 'in', left: { ct: { key: 'status' } }, right: 'dnat' } };

export function rule(id: string, ...expr: readonly Statement[]): Rule {
  return { id, expr: [...expr] };
}

export function baseChain(base: Hook, rules: readonly Rule[]): Chain {
  return { base, rules: [...rules] };
}

export function regularChain(rules: readonly Rule[]): Chain {
  return { base: null, rules: [...rules] };
}
