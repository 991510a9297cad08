/** A match: what it looks at, and what it looks for. */
import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { typeOf } from './field-names.ts';
import { conntrackTerm, fibTerm, metaTerm, payloadTerm } from './fields.ts';
import type { MaybeType } from './read-members.ts';
import { tried } from './tried.ts';
import { readKey, readMembers } from './read-members.ts';
import type { Among, InTable, Entry, Members, Part, Statement, TableFamily, Term } from './ruleset.ts';
import { BIT_TYPES, readNumber, widthOf } from './values.ts';
import type { ValueType } from './field-names.ts';

const Payload = z.strictObject({ payload: z.strictObject({ protocol: z.string(), field: z.string() }) });
const Meta = z.strictObject({ meta: z.strictObject({ key: z.string() }) });
const Conntrack = z.strictObject({ ct: z.strictObject({ key: z.string(), dir: z.string().optional() }) });
const Fib = z.strictObject({
  fib: z.strictObject({ result: z.string(), flags: z.union([z.string(), z.array(z.string())]) }),
});
const Masked = z.strictObject({ '&': z.tuple([z.unknown(), z.unknown()]) });
const Concatenated = z.strictObject({ concat: z.array(z.unknown()) });
const List = z.strictObject({ set: z.array(z.unknown()) });
const Match = z.strictObject({ op: z.string(), left: z.unknown(), right: z.unknown() });

/** `undefined` for what is not understood. */
export function readTerm(left: Json, family: TableFamily): Term | undefined {
  const payload = tried(Payload, 'payload', left);
  if (payload.success) return payloadTerm(payload.data.payload.protocol, payload.data.payload.field);
  const meta = tried(Meta, 'meta', left);
  if (meta.success) return metaTerm(meta.data.meta.key);
  const conntrack = tried(Conntrack, 'ct', left);
  if (conntrack.success) return conntrackTerm(conntrack.data.ct.key, conntrack.data.ct.dir, family);
  const fib = tried(Fib, 'fib', left);
  if (fib.success) return fibTerm(fib.data.fib.result, [fib.data.fib.flags].flat());
  const masked = tried(Masked, '&', left);
  if (!masked.success) return undefined;
  const [inner, bits] = masked.data['&'] as readonly [Json, Json];
  const term = readTerm(inner, family);
  const mask = term === undefined ? undefined : readNumber(typeOf(term.field), bits);
  return term === undefined || mask === undefined || term.mask !== null ? undefined : { ...term, mask };
}

export function readKeyTerms(left: Json, family: TableFamily): readonly Term[] | undefined {
  const joined = tried(Concatenated, 'concat', left);
  const terms = (joined.success ? (joined.data.concat as readonly Json[]) : [left]).map((each) =>
    readTerm(each, family),
  );
  return terms.every((term) => term !== undefined) ? terms : undefined;
}

/** @param data what a map gives; `[]` for a set. */
export function readAmong(
  key: readonly Term[],
  right: Json,
  data: readonly MaybeType[] | 'verdict',
): Among | undefined {
  if (typeof right === 'string' && right.startsWith('@')) return { set: right.slice(1) };
  const list = tried(List, 'set', right);
  if (!list.success) return undefined;
  return { members: readMembers(typesOf(key), data, list.data.set as readonly Json[], false) };
}

function typesOf(key: readonly Term[]): readonly ValueType[] {
  return key.map((term) => typeOf(term.field));
}

export function readMatch(value: Json, table: InTable): Statement | undefined {
  const match = Match.safeParse(value);
  if (!match.success) return undefined;
  const { op } = match.data;
  const [left, right] = [match.data.left as Json, match.data.right as Json];
  const key = readKeyTerms(left, table.family);
  if (key === undefined || isIndexWithStar(left, right)) return undefined;
  const of = (among: Among, negated: boolean): Statement => ({ type: 'match', key, among, negated });
  if (op === 'in' || op === '!') return readBitTest(key, right, op === 'in');
  if (op === '==' || op === '!=') {
    const among = readAmong(key, right, []) ?? readOne(key, right);
    return among === undefined ? undefined : of(among, op === '!=');
  }
  const span = readOrder(key, op, right);
  return span === undefined ? undefined : of(only([span]), false);
}

const Lookup = z.strictObject({ key: z.unknown(), data: z.unknown() });

export interface MapLookup {
  readonly key: readonly Term[];
  readonly among: Among;
}

/** @param data what the map gives. */
export function readLookup(
  value: unknown,
  data: readonly MaybeType[] | 'verdict',
  table: InTable,
): MapLookup | undefined {
  const lookup = Lookup.safeParse(value);
  const key = lookup.success ? readKeyTerms(lookup.data.key as Json, table.family) : undefined;
  const among = lookup.success && key !== undefined ? readAmong(key, lookup.data.data as Json, data) : undefined;
  return key === undefined || among === undefined ? undefined : { key, among };
}

function readOne(key: readonly Term[], right: Json): Among | undefined {
  const parts = readKey(typesOf(key), right);
  return parts === undefined ? undefined : only(parts);
}

/** `tcp flags syn`, `ct state new,established`: any of the bits is set; with `!` none is. */
function readBitTest(key: readonly Term[], right: Json, set: boolean): Statement | undefined {
  const [term, ...others] = key;
  if (term === undefined || others.length > 0 || !BIT_TYPES.has(typeOf(term.field))) return undefined;
  const bits = readNumber(typeOf(term.field), right);
  if (bits === undefined) return undefined;
  const mask = term.mask === null ? bits : term.mask & bits;
  return { type: 'match', key: [{ ...term, mask }], among: only([{ first: 0n, last: 0n }]), negated: set };
}

/** `<`, `>=` and their like: the values from one end to there. */
function readOrder(key: readonly Term[], op: string, right: Json): Part | undefined {
  const [term, ...others] = key;
  if (term === undefined || others.length > 0) return undefined;
  const type = typeOf(term.field);
  const value = readNumber(type, right);
  const most = (1n << BigInt(widthOf(type) ?? 64)) - 1n;
  if (value === undefined) return undefined;
  switch (op) {
    case '<':
      return value === 0n ? undefined : { first: 0n, last: value - 1n };
    case '<=':
      return { first: 0n, last: value };
    case '>':
      return { first: value + 1n, last: most };
    case '>=':
      return { first: value, last: most };
    default:
      return undefined;
  }
}

function only(key: readonly Part[]): Among {
  return { members: membersOf([{ key, id: null, value: null }]) };
}

export function membersOf(entries: readonly Entry[]): Members {
  return { entries, otherwise: null, changing: false, unread: [] };
}

/** `iif` is an index that nft shows as a name: a star in it is no wildcard there. */
function isIndexWithStar(left: Json, right: Json): boolean {
  const meta = tried(Meta, 'meta', left);
  return meta.success && /^[io]if$/.test(meta.data.meta.key) && JSON.stringify(right).includes('*');
}
