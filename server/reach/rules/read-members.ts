/** Elements of sets and maps. */
import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { printable } from './printable.ts';
import type { Entry, Hits, Members, Part, Unread, Verdict } from './ruleset.ts';
import type { ValueType } from './field-names.ts';
import { tried } from './tried.ts';
import { readPart } from './values.ts';

/** `undefined`: a type that is not known, so that nothing of it can be read. */
export type MaybeType = ValueType | undefined;

const Element = z.object({ elem: z.looseObject({ val: z.unknown(), comment: z.string().optional() }) });
const Concatenated = z.strictObject({ concat: z.array(z.unknown()) });

/** @param data `[]` for a set. */
export function readMembers(
  types: readonly MaybeType[],
  data: readonly MaybeType[] | 'verdict',
  elements: readonly Json[],
  changing: boolean,
): Members {
  const entries: Entry[] = [];
  const unread: Unread[] = [];
  let otherwise: Entry['value'] = null;
  let comesAndGoes = changing;
  const isMap = data === 'verdict' || data.length > 0;
  for (const each of elements) {
    const [left, right] = isMap && Array.isArray(each) ? (each as readonly Json[]) : [each];
    const { key, id, expires, hits } = unwrap(left ?? null);
    comesAndGoes ||= expires;
    const value = !isMap ? null : right === undefined ? undefined : readValue(data, right);
    const parts = key === '*' ? [] : readKey(types, key);
    if (parts === undefined || value === undefined)
      unread.push({ text: printable(each), why: 'an element that is not understood' });
    else if (key === '*') otherwise = value;
    else entries.push({ key: parts, id, value, ...(hits === undefined ? {} : { hits }) });
  }
  return { entries, otherwise, changing: comesAndGoes, unread };
}

const Counter = z.object({ counter: z.object({ packets: z.number(), bytes: z.number() }) });

interface Unwrapped {
  readonly key: Json;
  readonly id: string | null;
  readonly expires: boolean;
  readonly hits?: Hits;
}

function unwrap(left: Json): Unwrapped {
  const element = tried(Element, 'elem', left);
  if (!element.success) return { key: left, id: null, expires: false };
  const { val, comment = null, ...rest } = element.data.elem;
  // A limit or a quota of an element decides whether it counts as one.
  const simple = Object.keys(rest).every((word) => word === 'counter' || word === 'last');
  const counter = tried(Counter, 'counter', rest);
  const hits = counter.success ? { hits: counter.data.counter } : {};
  return { key: val as Json, id: comment, expires: !simple, ...hits };
}

export function readKey(types: readonly MaybeType[], key: Json): readonly Part[] | undefined {
  const joined = tried(Concatenated, 'concat', key);
  const parts = joined.success ? (joined.data.concat as readonly Json[]) : [key];
  if (parts.length !== types.length) return undefined;
  const read = parts.map((part, index) => {
    const type = types[index];
    return type === undefined ? undefined : readPart(type, part);
  });
  return read.every((part) => part !== undefined) ? read : undefined;
}

function readValue(data: readonly MaybeType[] | 'verdict', value: Json): Entry['value'] | undefined {
  return data === 'verdict' ? readVerdict(value) : readKey(data, value);
}

const ListedVerdict = z.union([
  z.strictObject({ accept: z.null() }).transform((): Verdict => ({ type: 'accept' })),
  z.strictObject({ drop: z.null() }).transform((): Verdict => ({ type: 'drop' })),
  z.strictObject({ return: z.null() }).transform((): Verdict => ({ type: 'return' })),
  z.strictObject({ continue: z.null() }).transform((): Verdict => ({ type: 'continue' })),
  z
    .strictObject({ jump: z.strictObject({ target: z.string() }) })
    .transform(({ jump }): Verdict => ({ type: 'jump', chain: jump.target })),
  z
    .strictObject({ goto: z.strictObject({ target: z.string() }) })
    .transform(({ goto }): Verdict => ({ type: 'goto', chain: goto.target })),
]);

export function readVerdict(value: Json): Verdict | undefined {
  const verdict = ListedVerdict.safeParse(value);
  return verdict.success ? verdict.data : undefined;
}
