/**
 * The functions of expressions:
 *
 *   subnet(prefix, length, index)   subnet('10.8.0.0/13', 24, 2) is 10.8.2.0/24
 *   address(prefix, index)          address('10.8.2.0/24', 1) is 10.8.2.1, address('10.8.2.0/24', -1) is 10.8.2.255
 *   pad(number, width)              pad(7, 3) is 007
 *   min(number, …)  max(number, …)
 *
 * All indexes count from 0, for IPv4 and IPv6 alike.
 */
import { bitsOf, formatAddress, parsePrefix, type ParsedPrefix } from '../../core/address.ts';
import { quoted } from '../../core/visible-text.ts';
import { described, fails, type Refusal, type Value } from './value.ts';

/** A value and the character of the text that it was worked out of. */
export interface Operand {
  readonly value: Value;
  readonly offset: number;
}

export interface FunctionRule {
  readonly name: string;
  /** As a user would write it. */
  readonly form: string;
  readonly least: number;
  readonly most: number;
  readonly work: (operands: readonly Operand[], form: string) => Value | Refusal;
}

const MAX_WIDTH = 20;
const MANY = 20;

const RULES: readonly Omit<FunctionRule, 'name'>[] = [
  { form: 'subnet(prefix, length, index)', least: 3, most: 3, work: subnet },
  { form: 'address(prefix, index)', least: 2, most: 2, work: address },
  { form: 'pad(number, width)', least: 2, most: 2, work: pad },
  { form: 'min(number, …)', least: 1, most: MANY, work: (all, form) => extreme(all, form, Math.min) },
  { form: 'max(number, …)', least: 1, most: MANY, work: (all, form) => extreme(all, form, Math.max) },
];

export const FUNCTIONS: ReadonlyMap<string, FunctionRule> = new Map(
  RULES.map((rule) => {
    const name = rule.form.slice(0, rule.form.indexOf('('));
    return [name, { name, ...rule }];
  }),
);

function subnet([outer, length, index]: readonly Operand[], form: string): Value | Refusal {
  const prefix = prefixOf(outer, form);
  if ('problem' in prefix) return prefix;
  const wanted = numberOf(length, form);
  if (typeof wanted !== 'number') return wanted;
  const bits = bitsOf(prefix.family);
  if (wanted < prefix.length || wanted > bits) {
    const range = `${String(prefix.length)} to ${String(bits)}`;
    const detail = `A subnet of ${prefix.text} has a length from ${range}; ${String(wanted)} is outside.`;
    return fails(length?.offset ?? 0, detail);
  }
  const at = numberOf(index, form);
  if (typeof at !== 'number') return at;
  const count = 1n << BigInt(wanted - prefix.length);
  if (at < 0 || BigInt(at) >= count) {
    const detail = `${prefix.text} has ${String(count)} subnets of length ${String(wanted)}, counted from 0 to ${String(count - 1n)}; ${String(at)} is outside.`;
    return fails(index?.offset ?? 0, detail);
  }
  const first = prefix.first + (BigInt(at) << BigInt(bits - wanted));
  return `${formatAddress(prefix.family, first)}/${String(wanted)}`;
}

function address([outer, index]: readonly Operand[], form: string): Value | Refusal {
  const prefix = prefixOf(outer, form);
  if ('problem' in prefix) return prefix;
  const at = numberOf(index, form);
  if (typeof at !== 'number') return at;
  const value = at < 0 ? prefix.last + 1n + BigInt(at) : prefix.first + BigInt(at);
  if (value >= prefix.first && value <= prefix.last) return formatAddress(prefix.family, value);
  const count = prefix.last - prefix.first + 1n;
  const detail = `${prefix.text} has ${String(count)} addresses, counted from 0 to ${String(count - 1n)}, or from -1 to -${String(count)} from its end; ${String(at)} is outside.`;
  return fails(index?.offset ?? 0, detail);
}

function pad([number, width]: readonly Operand[], form: string): Value | Refusal {
  const value = numberOf(number, form);
  if (typeof value !== 'number') return value;
  if (value < 0) return fails(number?.offset ?? 0, `\`${form}\` takes no negative number; this is ${String(value)}.`);
  const wanted = numberOf(width, form);
  if (typeof wanted !== 'number') return wanted;
  if (wanted < 1 || wanted > MAX_WIDTH) {
    return fails(width?.offset ?? 0, `The width goes from 1 to ${String(MAX_WIDTH)}; ${String(wanted)} is outside.`);
  }
  return String(value).padStart(wanted, '0');
}

function extreme(all: readonly Operand[], form: string, choose: (...numbers: number[]) => number): Value | Refusal {
  const numbers: number[] = [];
  for (const each of all) {
    const number = numberOf(each, form);
    if (typeof number !== 'number') return number;
    numbers.push(number);
  }
  return choose(...numbers);
}

function numberOf(operand: Operand | undefined, form: string): number | Refusal {
  if (typeof operand?.value === 'number') return operand.value;
  const found = described(operand?.value ?? '');
  return fails(operand?.offset ?? 0, `\`${form}\` takes a whole number here; this is ${found}.`);
}

function prefixOf(operand: Operand | undefined, form: string): ParsedPrefix | Refusal {
  const { value, offset } = operand ?? { value: '', offset: 0 };
  if (typeof value !== 'string')
    return fails(offset, `\`${form}\` takes a prefix here; this is ${described(value)}.`, PREFIX_EXAMPLE);
  const prefix = parsePrefix(value);
  if (prefix === undefined) return fails(offset, `${quoted(value)} is no prefix.`, PREFIX_EXAMPLE);
  if (prefix.value === prefix.first) return prefix;
  const detail = `${quoted(value)} has bits set behind its first ${String(prefix.length)}, so that it names a host, not a network.`;
  return fails(offset, detail, `write \`${prefix.text}\``);
}

const PREFIX_EXAMPLE = "write an address with its length in quotes, like `'10.8.0.0/13'`";
