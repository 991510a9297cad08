/**
 * What `nft -j list ruleset` printed for one table, read into the same values that we write. Nothing is dropped in silence:
 * what lies outside the subset comes back as text.
 */
import { z } from 'zod';
import type { Json } from '../json.ts';
import type { Chain, NamedSet, SetElement, Table, Chain as ChainSchema } from './ast.ts';
import { DataType, Hook, Id, Interval, ObjectName, Rule, Scalar, Verdict } from './ast.ts';
import { normaliseRule, normaliseSet } from './normalise.ts';

type Listed = Readonly<Record<string, Json>>;

/** Something in the table that we have no value for. */
export interface Unknown {
  /** `rule`, `chain`, `set`, `map`, `flowtable`, … as nft calls it. */
  readonly object: string;
  /** The chain that it stands in, for a rule in a chain whose name we can write. */
  readonly chain: string | null;
  /** As printed, control bytes escaped. */
  readonly text: string;
}

export interface ParsedTable {
  readonly table: Table;
  readonly unknown: readonly Unknown[];
}

export function parseTable(objects: readonly Listed[]): ParsedTable {
  const chains = new Map<string, Chain>();
  const sets = new Map<string, NamedSet>();
  const unknown: Unknown[] = [];
  const members = objects.flatMap((each) => Object.entries(each));
  // Chains first: a listing has all of them before the rules, but nothing says that it must.
  for (const [object, value] of members.toSorted(([a], [b]) => Number(a === 'rule') - Number(b === 'rule'))) {
    if (object === 'metainfo') continue;
    // Ours have no flags: one that is dormant refuses nothing.
    const read = object === 'table' ? flagged(value) : parseObject(object, value, chains, sets);
    if (read !== undefined) unknown.push({ object, chain: read.chain, text: printable(value) });
  }
  return { table: { chains: sorted(chains), sets: sorted(sets) }, unknown };
}

function flagged(table: Json): { chain: null } | undefined {
  return typeof table === 'object' && table !== null && 'flags' in table ? { chain: null } : undefined;
}

/** `undefined` where the object was understood. */
function parseObject(
  object: string,
  value: Json,
  chains: Map<string, Chain>,
  sets: Map<string, NamedSet>,
): { chain: string | null } | undefined {
  switch (object) {
    case 'chain': {
      const chain = ListedChain.safeParse(value);
      if (!chain.success) return { chain: null };
      chains.set(chain.data.name, { base: chain.data.base, rules: [] });
      return undefined;
    }
    case 'rule': {
      const inChain = z.object({ chain: ObjectName }).safeParse(value);
      const chain = inChain.success ? chains.get(inChain.data.chain) : undefined;
      if (!inChain.success || chain === undefined) return { chain: null };
      const listed = ListedRule.safeParse(withoutCounts(value));
      const rule = listed.success
        ? normaliseRule({ id: listed.data.comment ?? null, expr: listed.data.expr })
        : undefined;
      if (rule === undefined) return { chain: inChain.data.chain };
      chain.rules.push(rule);
      return undefined;
    }
    case 'set':
    case 'map': {
      const listed = ListedSet.safeParse(value);
      const set = listed.success ? readSet(listed.data) : undefined;
      if (!listed.success || set === undefined) return { chain: null };
      sets.set(listed.data.name, set);
      return undefined;
    }
    default:
      return { chain: null };
  }
}

// ---------------------------------------------------------------- as listed

const Handle = { family: z.enum(['inet', 'bridge']), table: z.string(), handle: z.int() };

const ListedChain = z.union([
  z.strictObject({ ...Handle, name: ObjectName }).transform(({ name }) => ({ name, base: null })),
  z
    .strictObject({
      ...Handle,
      name: ObjectName,
      type: Hook.shape.type,
      hook: Hook.shape.hook,
      prio: Hook.shape.priority,
      policy: Hook.shape.policy,
    })
    .transform(({ name, type, hook, prio, policy }) => ({ name, base: { type, hook, priority: prio, policy } })),
]) satisfies z.ZodType<{ name: string; base: z.infer<typeof ChainSchema>['base'] }>;

const ListedRule = z.strictObject({
  ...Handle,
  chain: ObjectName,
  comment: Id.optional(),
  expr: Rule.shape.expr,
});

const OneOrMore = z.union([DataType.transform((type) => [type]), z.array(DataType)]);
const Key = z.union([
  z.strictObject({ concat: z.array(Interval) }).transform(({ concat }) => concat),
  Interval.transform((one) => [one]),
]);
const Element = z.union([
  z
    .strictObject({ elem: z.strictObject({ val: Key, comment: Id.optional(), counter: z.unknown() }) })
    .transform(({ elem }) => ({ key: elem.val, id: elem.comment ?? null })),
  z
    .strictObject({ elem: z.strictObject({ val: Key, comment: Id.optional() }) })
    .transform(({ elem }) => ({ key: elem.val, id: elem.comment ?? null })),
  Key.transform((key) => ({ key, id: null })),
]);
const Value = z.union([
  Verdict,
  z.strictObject({ concat: z.array(Scalar) }).transform(({ concat }) => concat),
  Scalar.transform((one) => [one]),
]);

const ListedSet = z.strictObject({
  ...Handle,
  name: ObjectName,
  type: OneOrMore,
  flags: z.tuple([z.literal('interval')]).optional(),
  stmt: z.tuple([z.strictObject({ counter: z.null() })]).optional(),
  map: z.string().optional(),
  elem: z.array(z.union([z.tuple([Element, Value]), Element])).optional(),
});

function readSet(listed: z.infer<typeof ListedSet>): NamedSet | undefined {
  const data = readDataType(listed.map);
  if (data === undefined) return undefined;
  const elements = (listed.elem ?? []).map((each): SetElement =>
    Array.isArray(each) ? { ...each[0], value: each[1] } : { ...each, value: null },
  );
  return normaliseSet({
    key: listed.type,
    data,
    interval: listed.flags !== undefined,
    counter: listed.stmt !== undefined,
    elements,
  });
}

/** `"map": "ipv4_addr . inet_service"`: the one place where the listing joins types into a text. */
function readDataType(map: string | undefined): NamedSet['data'] | undefined {
  if (map === undefined) return null;
  if (map === 'verdict') return 'verdict';
  const types = z.array(DataType).safeParse(map.split(' . '));
  return types.success ? types.data : undefined;
}

function withoutCounts(rule: Json): Json {
  if (typeof rule !== 'object' || rule === null || !('expr' in rule) || !Array.isArray(rule['expr'])) return rule;
  const expr = (rule['expr'] as readonly Json[]).map((statement) =>
    typeof statement === 'object' && statement !== null && 'counter' in statement && Object.keys(statement).length === 1
      ? { counter: isCount(statement['counter']) ? null : (statement['counter'] ?? null) }
      : statement,
  );
  return { ...rule, expr };
}

/** A named counter is a text there: not ours. */
function isCount(value: Json | undefined): boolean {
  return value === null || (typeof value === 'object' && !Array.isArray(value));
}

function printable(value: Json): string {
  const text = JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
