/**
 * One form for equal rules and sets: addresses canonical, prefixes and ranges joined, lists sorted, a list of one written as
 * the one. What we want and what the kernel lists both go through here, and are then equal as JSON or are not equal.
 * `undefined` is the answer for a value that does not belong to its field: outside the subset.
 */
import type {
  Chain,
  DataType,
  Interval,
  NamedSet,
  Operand,
  Rule,
  Scalar,
  SetElement,
  Statement,
  Table,
  Translation,
} from './ast.ts';
import { Reference } from './ast.ts';
import { DOMAINS, selectorTypes } from './datatypes.ts';
import type { Span } from './interval.ts';
import { compareIntervals, mergeSpans, readInterval, writeInterval } from './interval.ts';

/** For a table of our own making: throws where a value is not what its field can have. */
export function normaliseTable(table: Table): Table {
  const chains = Object.entries(table.chains).map(([name, chain]): [string, Chain] => [
    name,
    { base: chain.base, rules: chain.rules.map((rule) => must(normaliseRule(rule), rule)) },
  ]);
  const sets = Object.entries(table.sets).map(([name, set]): [string, NamedSet] => [
    name,
    must(normaliseSet(set), name),
  ]);
  return { chains: Object.fromEntries(chains), sets: Object.fromEntries(sets) };
}

export function normaliseRule(rule: Rule): Rule | undefined {
  const expr = rule.expr.map(normaliseStatement);
  return expr.every((each) => each !== undefined) ? { id: rule.id, expr } : undefined;
}

function normaliseStatement(statement: Statement): Statement | undefined {
  if ('match' in statement) {
    const { op, left } = statement.match;
    const types = selectorTypes(left);
    const right = types && normaliseOperand(types, statement.match.right);
    return right === undefined ? undefined : { match: { op, left, right } };
  }
  if ('vmap' in statement) return selectorTypes(statement.vmap.key) && statement;
  if ('mangle' in statement) {
    const { key, value } = statement.mangle;
    const [type] = selectorTypes(key) ?? [];
    if (type !== 'mark' && type !== 'ct_zone') return undefined;
    if (typeof value === 'number' || 'numgen' in value) return statement;
    return selectorTypes(value.jhash.expr) && statement;
  }
  if ('dnat' in statement) return normaliseTranslation(statement.dnat) && statement;
  if ('snat' in statement) return normaliseTranslation(statement.snat) && statement;
  if ('limit' in statement) return statement.limit.rate > 0 && statement.limit.burst > 0 ? statement : undefined;
  return statement;
}

function normaliseTranslation(translation: Translation): Translation | undefined {
  const { addr, family } = translation;
  if (typeof addr === 'object') return selectorTypes(addr.map.key) && translation;
  if ('port' in translation && readInterval('inet_service', translation.port) === undefined) return undefined;
  return readInterval(family === 'ip' ? 'ipv4_addr' : 'ipv6_addr', addr) === undefined ? undefined : translation;
}

function normaliseOperand(types: readonly DataType[], operand: Operand): Operand | undefined {
  if (typeof operand === 'string' && operand.startsWith('@')) return Reference.safeParse(operand).data;
  const listed = typeof operand === 'object' && 'set' in operand ? operand.set : [operand];
  const keys = normaliseKeys(
    types,
    listed.map((each) => (typeof each === 'object' && 'concat' in each ? each.concat : [each])),
  );
  if (keys === undefined) return undefined;
  const values = keys.map((key) => (types.length > 1 ? { concat: key } : key[0])).filter((each) => each !== undefined);
  const [only] = values;
  return only !== undefined && values.length === 1 ? only : { set: values };
}

export function normaliseSet(set: NamedSet): NamedSet | undefined {
  if (
    set.key.length === 1 &&
    set.data === null &&
    set.interval &&
    !set.counter &&
    set.elements.every((each) => each.id === null)
  ) {
    const keys = normaliseKeys(
      set.key,
      set.elements.map((each) => each.key),
    );
    return keys && { ...set, elements: keys.map((key) => ({ key, id: null, value: null })) };
  }
  const read = set.elements.map((element) => normaliseElement(set, element));
  if (!read.every((each) => each !== undefined)) return undefined;
  return { ...set, elements: read.toSorted((a, b) => compareKeys(a.spans, b.spans)).map((each) => each.element) };
}

/** Set elements sorted; where a key has one ordered part, joined into as few prefixes and ranges as there can be. */
function normaliseKeys(types: readonly DataType[], keys: readonly (readonly Interval[])[]): Interval[][] | undefined {
  const read = keys.map((key) => readKey(types, key));
  if (!read.every((key) => key !== undefined)) return undefined;
  const [type] = types;
  if (types.length === 1 && type !== undefined && DOMAINS[type].ordered) {
    return mergeSpans(read.flat().filter((each) => typeof each !== 'string')).map((each) => [
      writeInterval(type, each),
    ]);
  }
  return keys
    .map((key, index) => ({ key, spans: read[index] ?? [] }))
    .toSorted((a, b) => compareKeys(a.spans, b.spans))
    .map(({ key, spans }) => writeKey(types, key, spans));
}

function normaliseElement(
  set: NamedSet,
  element: SetElement,
): { spans: readonly (Span | string)[]; element: SetElement } | undefined {
  const spans = readKey(set.key, element.key);
  const value = normaliseValue(set.data, element.value);
  if (spans === undefined || value === undefined) return undefined;
  return { spans, element: { key: writeKey(set.key, element.key, spans), id: element.id, value } };
}

function normaliseValue(data: NamedSet['data'], value: SetElement['value']): SetElement['value'] | undefined {
  if (data === null) return value === null ? null : undefined;
  if (data === 'verdict') return value === null || Array.isArray(value) ? undefined : value;
  if (!Array.isArray(value)) return undefined;
  const key = readKey(data, value);
  return key?.every((each) => typeof each === 'string' || each.first === each.last) === true
    ? value.map((each, index) => canonicalScalar(data[index], each))
    : undefined;
}

function readKey(types: readonly DataType[], key: readonly Interval[]): readonly (Span | string)[] | undefined {
  if (key.length !== types.length) return undefined;
  const spans = types.map((type, index) => {
    const part = key[index];
    return part === undefined ? undefined : readInterval(type, part);
  });
  return spans.every((each) => each !== undefined) ? spans : undefined;
}

function writeKey(types: readonly DataType[], key: readonly Interval[], spans: readonly (Span | string)[]): Interval[] {
  return types.map((type, index) => {
    const [part, span] = [key[index], spans[index]];
    if (part === undefined || span === undefined) throw new TypeError(`no value for ${type}`);
    if (typeof span === 'string') return span;
    return typeof part === 'object' ? writeInterval(type, span) : canonicalScalar(type, part);
  });
}

/** For a value that was read before. */
function canonicalScalar(type: DataType | undefined, value: Scalar): Scalar {
  const domain = type && DOMAINS[type];
  const canonical = domain?.ordered === true ? domain.canonical(value) : domain?.read(value);
  if (canonical === undefined) throw new TypeError(`not a value of ${String(type)}: ${JSON.stringify(value)}`);
  return canonical;
}

function compareKeys(a: readonly (Span | string)[], b: readonly (Span | string)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    const order = right === undefined ? 1 : compareIntervals(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function must<T>(value: T | undefined, what: unknown): T {
  if (value === undefined) throw new TypeError(`not a value that nftables takes: ${JSON.stringify(what)}`);
  return value;
}
