/**
 * NAT rules of an nft listing (libnftables-json(5)) in the forms that people and other software write. A rule in a chain that is
 * jumped to matches what the jump matches, too. Whatever is not understood makes the rule unknown, never wider.
 */
import { z } from 'zod';
import type { Family } from '../core/address.ts';
import { parseAddress, parsePrefix, prefixOf, bitsOf } from '../core/address.ts';
import type { TableView } from '../flow/hostview.ts';
import { objectKey } from './ledger.ts';
import { ANYTHING, withMatch } from './nat-rule.ts';
import type { NatMatch, NatRule, Ports } from './nat-rule.ts';

const Chain = z.object({ name: z.string(), type: z.string().optional(), hook: z.string().optional() });
const Rule = z.object({ chain: z.string(), handle: z.number(), expr: z.array(z.record(z.string(), z.unknown())) });
const Match = z.object({ op: z.string(), left: z.unknown(), right: z.unknown() });
const Payload = z.object({ payload: z.object({ protocol: z.string(), field: z.string() }) });
const Meta = z.object({ meta: z.object({ key: z.string() }) });
const Prefixed = z.object({ prefix: z.object({ addr: z.string(), len: z.number() }) });
const Ranged = z.object({ range: z.tuple([z.number(), z.number()]) });
const Jump = z.object({ target: z.string() });
const Translation = z.object({
  addr: z.string().optional(),
  port: z.unknown().optional(),
  family: z.string().optional(),
});

interface Placed {
  readonly rule: z.infer<typeof Rule>;
  readonly key: string;
}

/** Chains that are jumped to from many places are read for each; what lies beyond is listed as it is. */
export const MOST_JUMPS = 10_000;

function familiesOf(family: string): readonly Family[] {
  return family === 'ip' ? [4] : family === 'ip6' ? [6] : [4, 6];
}

/** Each rule of a NAT table that translates; keys of those that only lead to one are in `keys` of it. */
export function nftRules(table: TableView): readonly NatRule[] {
  const chains = new Map<string, Placed[]>();
  const bases: { readonly name: string; readonly hook: string }[] = [];
  table.objects.forEach((object, at) => {
    const chain = Chain.safeParse(object['chain']);
    if (chain.success) {
      const { name, type, hook } = chain.data;
      if (type === 'nat' && hook !== undefined) bases.push({ name, hook });
    }
    const rule = Rule.safeParse(object['rule']);
    if (rule.success) {
      const list = chains.get(rule.data.chain) ?? [];
      chains.set(rule.data.chain, [...list, { rule: rule.data, key: objectKey(table, at) }]);
    }
  });
  const exceptions = new Set<string>();
  let jumps = 0;
  const walk = (base: string, name: string, reached: Reached, path: readonly string[]): readonly NatRule[] =>
    path.includes(name) || (jumps += 1) > MOST_JUMPS
      ? []
      : (chains.get(name) ?? []).flatMap((placed) => {
          const read = readRule(placed.rule, reached);
          if (read.jump !== null)
            return walk(base, read.jump, { ...read, keys: [...reached.keys, placed.key] }, [...path, name]);
          if (read.type === null) {
            if (excepts(placed.rule, read.match)) exceptions.add(base);
            return [];
          }
          const place = `table ${table.family} ${table.name}, chain ${name}, rule ${String(placed.rule.handle)}`;
          const { type, match, to } = read;
          const unknown = exceptions.has(base) ? [...read.unknown, EXCEPTION] : read.unknown;
          return [
            {
              keys: [placed.key, ...reached.keys],
              place,
              type,
              families: familiesOf(table.family),
              match,
              unknown,
              to,
            },
          ];
        });
  return bases
    .filter(({ hook }) => hook === 'prerouting' || hook === 'postrouting')
    .flatMap(({ name }) => walk(name, name, { match: ANYTHING, unknown: [], keys: [] }, []));
}

const EXCEPTION = 'a rule before it that makes exceptions';
const VERDICTS = ['accept', 'drop', 'return', 'reject', 'redirect', 'queue'];

/** Whether packets that a later rule would match do not get there. */
function excepts({ expr }: z.infer<typeof Rule>, { destinations }: NatMatch): boolean {
  const decides = expr.some((statement) => VERDICTS.some((word) => word in statement));
  return decides && !(destinations?.every(isMulticast) ?? false);
}

/** Nobody translates what goes to everybody. */
export function isMulticast(prefix: string): boolean {
  return /^(22[4-9]|23\d)\.|^255\.255\.255\.255|^ff/.test(prefix);
}

interface Reached {
  readonly match: NatMatch;
  readonly unknown: readonly string[];
  readonly keys: readonly string[];
}

interface Read extends Omit<Reached, 'keys'> {
  readonly type: NatRule['type'] | null;
  readonly to: NatRule['to'];
  readonly jump: string | null;
}

/** Statements that change nothing about what is translated to what. */
const WITHOUT_MEANING = new Set(['counter', 'log', 'comment']);

function readRule({ expr }: z.infer<typeof Rule>, reached: Reached): Read {
  let read: Read = { match: reached.match, unknown: reached.unknown, type: null, to: null, jump: null };
  for (const statement of expr) {
    const [word = '', body] = Object.entries(statement)[0] ?? [];
    if (WITHOUT_MEANING.has(word)) continue;
    const more = word === 'match' ? matchOf(body) : undefined;
    const match = more === undefined ? undefined : withMatch(read.match, more);
    if (match !== undefined) read = { ...read, match };
    else if (word === 'jump' || word === 'goto') read = { ...read, jump: Jump.safeParse(body).data?.target ?? null };
    else if (word === 'masquerade') read = { ...read, type: 'source', ...(body === null ? {} : unknownIn(read, word)) };
    else if (word === 'dnat' || word === 'snat') read = { ...read, ...translated(read, word, body) };
    else read = { ...read, ...unknownIn(read, word) };
  }
  return read;
}

function unknownIn({ unknown }: Read, word: string): Pick<Read, 'unknown'> {
  return { unknown: [...unknown, word] };
}

function translated(read: Read, word: 'dnat' | 'snat', body: unknown): Partial<Read> {
  const type = word === 'dnat' ? 'destination' : 'source';
  const { addr, port } = Translation.strict().safeParse(body).data ?? {};
  const address = addr === undefined ? undefined : parseAddress(addr)?.text;
  const ports = port === undefined ? null : portsOf(port);
  if (address === undefined || ports === undefined) return { type, ...unknownIn(read, word) };
  return { type, to: { address, ports } };
}

/** `undefined` where it is of another form. */
function matchOf(body: unknown): Partial<NatMatch> | undefined {
  const parsed = Match.safeParse(body);
  if (!parsed.success) return undefined;
  const { op, left, right } = parsed.data;
  const values = valuesOf(right);
  const field = fieldOf(left);
  if (values === undefined || field === undefined) return undefined;
  return op === '!=' ? unlike(field, values) : op === '==' ? like(field, values) : undefined;
}

function fieldOf(left: unknown): string | undefined {
  const payload = Payload.safeParse(left).data?.payload;
  if (payload !== undefined) return `${payload.protocol} ${payload.field}`;
  return Meta.safeParse(left).data?.meta.key;
}

function like(field: string, values: readonly unknown[]): Partial<NatMatch> | undefined {
  switch (field) {
    case 'iifname':
    case 'oifname':
    case 'iif':
    case 'oif': {
      const names = namesOf(values);
      return names === undefined ? undefined : field.startsWith('i') ? { inputs: names } : { outputs: names };
    }
    case 'ip saddr':
    case 'ip6 saddr':
    case 'ip daddr':
    case 'ip6 daddr': {
      const prefixes = prefixesOf(values);
      return prefixes === undefined
        ? undefined
        : field.endsWith('saddr')
          ? { sources: prefixes }
          : { destinations: prefixes };
    }
    case 'tcp dport':
    case 'udp dport': {
      const ports = values.map(portsOf);
      const protocol = field === 'tcp dport' ? 'tcp' : 'udp';
      return ports.every((each) => each !== undefined) ? { protocol, ports } : undefined;
    }
    case 'l4proto':
    case 'ip protocol': {
      const [only, ...others] = values;
      return others.length === 0 && (only === 'tcp' || only === 'udp') ? { protocol: only } : undefined;
    }
    default:
      return undefined;
  }
}

function unlike(field: string, values: readonly unknown[]): Partial<NatMatch> | undefined {
  const names = field === 'oifname' ? namesOf(values) : undefined;
  if (names !== undefined) return { notOutputs: names };
  const prefixes = field === 'ip daddr' || field === 'ip6 daddr' ? prefixesOf(values) : undefined;
  return prefixes === undefined ? undefined : { notDestinations: prefixes };
}

const Elements = z.object({ set: z.array(z.unknown()) });

function valuesOf(right: unknown): readonly unknown[] | undefined {
  const set = Elements.safeParse(right);
  if (set.success) return set.data.set;
  // A named set may have other elements tomorrow.
  return typeof right === 'string' && right.startsWith('@') ? undefined : [right];
}

function namesOf(values: readonly unknown[]): readonly string[] | undefined {
  const names = values.filter((each) => typeof each === 'string');
  return names.length === values.length && !names.some((each) => each.includes('*')) ? names : undefined;
}

export function prefixText(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? parsePrefix(text)?.text : prefixOf(address, bitsOf(address.family)).text;
}

function prefixesOf(values: readonly unknown[]): readonly string[] | undefined {
  const prefixes = values.map((value) => {
    const prefix = Prefixed.safeParse(value).data?.prefix;
    if (prefix !== undefined) return prefixText(`${prefix.addr}/${String(prefix.len)}`);
    return typeof value === 'string' ? prefixText(value) : undefined;
  });
  return prefixes.every((each) => each !== undefined) ? prefixes : undefined;
}

function portsOf(value: unknown): Ports | undefined {
  if (typeof value === 'number' && value > 0 && value < 65_536) return { first: value, last: value };
  const range = Ranged.safeParse(value).data?.range;
  return range === undefined ? undefined : { first: range[0], last: range[1] };
}
