/**
 * Expressions of `nft -j` as nft itself writes them: `{"payload":{"protocol":"ip","field":"saddr"}}` → `ip saddr`. Pure. What
 * is not known stays as it was listed: nothing is left out (libnftables-json(5), nft(8)).
 */
import type { Json } from '../../../core/json.ts';

type Members = Readonly<Record<string, Json>>;

/** One key and its value, as nft lists every expression that is more than a word. */
export function only(value: Json): readonly [string, Json] | undefined {
  if (!isMembers(value)) return undefined;
  const [first, ...others] = Object.entries(value);
  return first === undefined || others.length > 0 ? undefined : first;
}

export function isMembers(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** A word or number; anything else as an expression. */
export function plain(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? '' : expressionText(value);
}

/** Written without `meta` in front of them. */
const BARE_META = new Set(['iif', 'oif', 'iifname', 'oifname', 'iifgroup', 'oifgroup', 'iiftype', 'oiftype']);
/** What holds the name of an interface: those are quoted, a `*` at their end included. */
const NAMES = new Set(['iifname', 'oifname', 'ibrname', 'obrname', 'iif', 'oif', 'sdifname', 'iifkind', 'oifkind']);

/** @param quoted whether a word in it is the name of an interface, position by position where it is a concatenation. */
export function expressionText(value: Json, quoted: readonly boolean[] = []): string {
  if (typeof value === 'string') return value.startsWith('@') || quoted[0] !== true ? value : `"${value}"`;
  if (typeof value === 'boolean') return value ? 'exists' : 'missing';
  if (typeof value === 'number' || value === null) return String(value);
  if (isList(value)) return value.map((each) => expressionText(each, quoted)).join(',');
  const [word, inner] = only(value) ?? ['', null];
  return (WRITERS[word] ?? notKnown)(inner, quoted) ?? JSON.stringify(value);
}

/** Which positions of a key hold names of interfaces. */
export function namesIn(key: Json): readonly boolean[] {
  const [word, inner] = only(key) ?? ['', null];
  if (word === 'concat' && isList(inner)) return inner.flatMap(namesIn);
  return [word === 'meta' && isMembers(inner) && NAMES.has(plain(inner['key']))];
}

/** `undefined` for a form that is not known. */
type Writer = (inner: Json, quoted: readonly boolean[]) => string | undefined;

const notKnown: Writer = () => undefined;

const WRITERS: Readonly<Record<string, Writer>> = {
  payload: (inner) => {
    if (!isMembers(inner)) return undefined;
    const { protocol, field, base, offset, len } = inner;
    if (typeof protocol === 'string' && typeof field === 'string') return `${protocol} ${field}`;
    return typeof base === 'string' ? `@${base},${plain(offset)},${plain(len)}` : undefined;
  },
  meta: (inner) => keyed(inner, (key) => (BARE_META.has(key) ? key : `meta ${key}`)),
  ct: (inner) =>
    keyed(inner, (key, { dir }) => (typeof dir === 'string' ? `ct ${dir} ${key}` : `ct ${key}`), ['key', 'dir']),
  socket: (inner) => keyed(inner, (key) => `socket ${key}`),
  rt: (inner) =>
    keyed(inner, (key, { family }) => (typeof family === 'string' ? `rt ${family} ${key}` : `rt ${key}`), [
      'key',
      'family',
    ]),
  fib: (inner) => {
    if (!isMembers(inner) || typeof inner['result'] !== 'string') return undefined;
    return `fib ${[inner['flags'] ?? []]
      .flat()
      .map((each) => plain(each))
      .join(' . ')} ${inner['result']}`;
  },
  'tcp option': (inner) => option('tcp option', inner),
  'ip option': (inner) => option('ip option', inner),
  exthdr: (inner) => option('exthdr', inner),
  'sctp chunk': (inner) => option('sctp chunk', inner),
  concat: (inner, quoted) =>
    isList(inner)
      ? inner.map((each, index) => expressionText(each, quoted.slice(index, index + 1))).join(' . ')
      : undefined,
  set: (inner, quoted) =>
    `{ ${[inner]
      .flat()
      .map((each) => memberText(each, quoted))
      .join(', ')} }`,
  map: lookupText,
  prefix: (inner) => (isMembers(inner) ? `${expressionText(inner['addr'] ?? '')}/${plain(inner['len'])}` : undefined),
  range: (inner, quoted) =>
    isList(inner) && inner.length === 2 ? inner.map((each) => expressionText(each, quoted)).join('-') : undefined,
  '&': (inner) => joined('&', inner),
  '|': (inner) => joined('|', inner),
  '^': (inner) => joined('^', inner),
  '<<': (inner) => joined('<<', inner),
  '>>': (inner) => joined('>>', inner),
  numgen: (inner) => {
    if (!isMembers(inner)) return undefined;
    const { mode, mod, offset } = inner;
    return `numgen ${plain(mode)} mod ${plain(mod)}${offsetText(offset)}`;
  },
  jhash: (inner) => {
    if (!isMembers(inner)) return undefined;
    const { mod, offset, expr, seed } = inner;
    const start = seed === undefined || seed === 0 ? '' : ` seed 0x${Number(seed).toString(16)}`;
    return `jhash ${expressionText(expr ?? '')} mod ${plain(mod)}${start}${offsetText(offset)}`;
  },
  symhash: (inner) =>
    isMembers(inner) ? `symhash mod ${plain(inner['mod'])}${offsetText(inner['offset'])}` : undefined,
};

function keyed(inner: Json, write: (key: string, all: Members) => string, allowed = ['key']): string | undefined {
  if (!isMembers(inner) || Object.keys(inner).some((name) => !allowed.includes(name))) return undefined;
  return typeof inner['key'] === 'string' ? write(inner['key'], inner) : undefined;
}

function option(word: string, inner: Json): string | undefined {
  if (!isMembers(inner) || typeof inner['name'] !== 'string') return undefined;
  const { name, field } = inner;
  return typeof field === 'string' ? `${word === 'exthdr' ? '' : `${word} `}${name} ${field}` : `${word} ${name}`;
}

function offsetText(offset: Json | undefined): string {
  return offset === undefined || offset === 0 ? '' : ` offset ${plain(offset)}`;
}

/** Operands that are operations themselves are put in brackets, and lists of bits too. */
function joined(operator: string, inner: Json): string | undefined {
  if (!isList(inner)) return undefined;
  return inner.map(operandText).join(` ${operator} `);
}

function operandText(value: Json): string {
  if (isList(value)) return `(${value.map(operandText).join(' | ')})`;
  const [word] = only(value) ?? [''];
  const text = expressionText(value);
  return ['&', '|', '^', '<<', '>>'].includes(word) ? `(${text})` : text;
}

/** `key map { … }`, and a verdict map's `key vmap { … }`. */
export function lookupText(inner: Json, _quoted: readonly boolean[] = [], word = 'map'): string | undefined {
  if (!isMembers(inner) || inner['key'] === undefined || inner['data'] === undefined) return undefined;
  const { key, data } = inner;
  return `${expressionText(key)} ${word} ${expressionText(data, namesIn(key))}`;
}

/** A member of a set, of a map (`key : value`), or one with a comment, a timeout or a counter of its own. */
function memberText(member: Json, quoted: readonly boolean[]): string {
  if (isList(member) && member.length === 2) {
    const [key = null, value = null] = member;
    return `${memberText(key, quoted)} : ${valueText(value)}`;
  }
  const [word, inner] = only(member) ?? ['', null];
  if (word !== 'elem' || !isMembers(inner) || inner['val'] === undefined) return expressionText(member, quoted);
  const { val, timeout, comment } = inner;
  const lives = typeof timeout === 'number' ? ` timeout ${plain(timeout)}s` : '';
  const remark = typeof comment === 'string' ? ` comment "${comment}"` : '';
  return `${expressionText(val, quoted)}${lives}${remark}`;
}

function valueText(value: Json): string {
  const [word, inner] = only(value) ?? ['', null];
  return verdictText(word, inner) ?? expressionText(value);
}

/** `accept`, `jump forward-lan`. */
export function verdictText(word: string, inner: Json): string | undefined {
  if (['accept', 'drop', 'return', 'continue'].includes(word) && inner === null) return word;
  if (word !== 'jump' && word !== 'goto') return undefined;
  return isMembers(inner) && typeof inner['target'] === 'string' ? `${word} ${inner['target']}` : undefined;
}
