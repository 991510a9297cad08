/**
 * What tables of ours do with one packet: a walk through the chains as the kernel makes it (nft(8), "chains" and "verdict
 * statements"). Only the part of nftables that we write is known here; where a packet has a field that nobody knows the value
 * of, and a rule asks for it, the answer is `unknown`.
 */
import type { DataType, Field, Hook, Interval, NamedSet, Operand, Rule, Selector, Statement, Table } from './ast.ts';
import { fieldText, fieldType, selectorFields } from './datatypes.ts';
import { readInterval } from './interval.ts';
import type { Span } from './interval.ts';

/**
 * By the field's name in nft (`ip saddr`, `iifname`): absent for one that the packet does not have, `null` for one that nobody
 * knows, empty for one that is none of what it may be (`ct status`).
 */
export type PacketFields = Readonly<Record<string, string | number | null>>;

export type PacketVerdict =
  | { readonly type: 'accept' | 'unknown' }
  | { readonly type: 'drop' | 'reject'; readonly rule: string }
  /** Sent on to another address. */
  | { readonly type: 'dnat'; readonly rule: string };

type Truth = boolean | 'unknown';
type Open = { readonly type: 'none' | 'return' };
type Ending = PacketVerdict | Open;

const ACCEPTED: PacketVerdict = { type: 'accept' };
const UNKNOWN: PacketVerdict = { type: 'unknown' };
const NONE: Ending = { type: 'none' };
/** The kernel's own limit of nested jumps. */
const DEEPEST = 16;

/** The base chains of these hooks, by hook and priority; the first that does not accept decides. */
export function judgePacket(table: Table, hooks: readonly Hook['hook'][], packet: PacketFields): PacketVerdict {
  for (const hook of hooks) {
    const chains = Object.entries(table.chains)
      .flatMap(([name, { base, rules }]) => (base?.hook === hook ? [{ name, base, rules }] : []))
      .sort((a, b) => a.base.priority - b.base.priority);
    for (const { name, base, rules } of chains) {
      const ending = walk(table, name, rules, packet, 0);
      if (isOpen(ending)) {
        if (base.policy === 'drop') return { type: 'drop', rule: `policy of ${name}` };
      } else if (ending.type !== 'accept') return ending;
    }
  }
  return ACCEPTED;
}

function isOpen(ending: Ending): ending is Open {
  return ending.type === 'none' || ending.type === 'return';
}

function walk(table: Table, chain: string, rules: readonly Rule[], packet: PacketFields, depth: number): Ending {
  if (depth > DEEPEST) return UNKNOWN;
  for (const rule of rules) {
    const ending = runRule(table, chain, rule, packet, depth);
    if (ending.type !== 'none') return ending;
  }
  return NONE;
}

function runRule(table: Table, chain: string, { id, expr }: Rule, packet: PacketFields, depth: number): Ending {
  const named = `${id ?? 'a rule'} in ${chain}`;
  let sure = true;
  for (const statement of expr) {
    if ('match' in statement) {
      const truth = matches(table, statement.match, packet);
      if (truth === false) return NONE;
      sure &&= truth === true;
      continue;
    }
    const ending = runStatement(table, named, statement, packet, depth);
    if (ending.type === 'none') continue;
    // Whether the rule is for this packet is not known: it does no harm where it would only let it pass on.
    return sure ? ending : ending.type === 'return' ? NONE : UNKNOWN;
  }
  return NONE;
}

function runStatement(
  table: Table,
  named: string,
  statement: Exclude<Statement, { match: unknown }>,
  packet: PacketFields,
  depth: number,
): Ending {
  if ('accept' in statement) return ACCEPTED;
  if ('drop' in statement) return { type: 'drop', rule: named };
  if ('reject' in statement) return { type: 'reject', rule: named };
  if ('return' in statement) return { type: 'return' };
  if ('jump' in statement) return call(table, statement.jump.target, packet, depth, false);
  if ('goto' in statement) return call(table, statement.goto.target, packet, depth, true);
  if ('vmap' in statement) {
    const found = lookUp(table, statement.vmap.data, statement.vmap.key, packet);
    if (found === 'unknown') return UNKNOWN;
    const verdict = found === undefined || Array.isArray(found.value) ? null : found.value;
    return verdict === null ? NONE : runStatement(table, named, verdict, packet, depth);
  }
  if ('dnat' in statement) {
    const { addr } = statement.dnat;
    if (typeof addr === 'string') return { type: 'dnat', rule: named };
    const found = lookUp(table, addr.map.data, addr.map.key, packet);
    return found === 'unknown' ? UNKNOWN : found === undefined ? NONE : { type: 'dnat', rule: named };
  }
  return NONE;
}

/** A `goto` does not come back: what follows it is as if the calling chain had ended. */
function call(table: Table, target: string, packet: PacketFields, depth: number, leaves: boolean): Ending {
  const rules = table.chains[target]?.rules;
  if (rules === undefined) return UNKNOWN;
  const ending = walk(table, target, rules, packet, depth + 1);
  if (!isOpen(ending)) return ending;
  return leaves ? { type: 'return' } : NONE;
}

function matches(
  table: Table,
  { op, left, right }: Extract<Statement, { match: unknown }>['match'],
  packet: PacketFields,
): Truth {
  // nft makes a field of one family a condition on the family: a packet without it matches neither `==` nor `!=`.
  if (selectorFields(left).some((field) => packet[fieldText(field)] === undefined)) return false;
  const equal = isOneOf(table, left, right, packet);
  if (equal === 'unknown') return equal;
  return op === '!=' ? !equal : equal;
}

function isOneOf(table: Table, left: Selector, right: Operand, packet: PacketFields): Truth {
  if (typeof right === 'string' && right.startsWith('@')) {
    const found = lookUp(table, right, left, packet);
    return found === 'unknown' ? found : found !== undefined;
  }
  if (typeof right === 'object' && 'set' in right) {
    const each = right.set.map((one) => isKey(left, keyOf(one), packet));
    return each.includes(true) ? true : each.includes('unknown') ? 'unknown' : false;
  }
  return isKey(left, keyOf(right), packet);
}

function keyOf(value: Exclude<Operand, { set: unknown }>): readonly Interval[] {
  return typeof value === 'object' && 'concat' in value ? value.concat : [value];
}

function lookUp(
  table: Table,
  reference: string,
  selector: Selector,
  packet: PacketFields,
): NamedSet['elements'][number] | 'unknown' | undefined {
  if (selectorFields(selector).some((field) => packet[fieldText(field)] === undefined)) return undefined;
  const set = table.sets[reference.slice(1)];
  if (set === undefined) return 'unknown';
  let unsure = false;
  for (const element of set.elements) {
    const truth = isKey(selector, element.key, packet);
    if (truth === true) return element;
    unsure ||= truth === 'unknown';
  }
  return unsure ? 'unknown' : undefined;
}

function isKey(selector: Selector, key: readonly Interval[], packet: PacketFields): Truth {
  let sure: Truth = true;
  for (const [index, field] of selectorFields(selector).entries()) {
    const truth = isValue(field, key[index], packet);
    if (truth === false) return false;
    if (truth === 'unknown') sure = truth;
  }
  return sure;
}

function isValue(field: Field, wanted: Interval | undefined, packet: PacketFields): Truth {
  const type = fieldType(field);
  const value = packet[fieldText(field)];
  if (type === undefined || wanted === undefined || value === null || value === undefined) return 'unknown';
  if (value === '') return false;
  const allowed = read(type, wanted);
  // A name of somebody else's interface may be one that we would not give.
  const found = read(type, value) ?? (typeof allowed === 'string' ? String(value) : undefined);
  if (found === undefined || allowed === undefined) return 'unknown';
  if (typeof found === 'string' || typeof allowed === 'string') return found === allowed;
  return found.first >= allowed.first && found.last <= allowed.last;
}

function read(type: DataType, value: Interval): Span | string | undefined {
  return readInterval(type, value);
}
