/**
 * `nft -j list ruleset` → Ruleset. Pure. Nothing that is listed is dropped: a rule that is not understood stays where it
 * stands, as a condition that may hold or not, or as a statement that may do anything.
 */
import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { printable } from './printable.ts';
import { readMembers } from './read-members.ts';
import { readStatement } from './read-statement.ts';
import type { Base, Chain, Hits, Members, Rule, Ruleset, Statement, Table, TableFamily, Unread } from './ruleset.ts';
import { isValueType, typeOf } from './field-names.ts';
import { readKeyTerms } from './read-match.ts';
import { ruleText } from './text/statement.ts';
import { tried } from './tried.ts';

export type Listed = Readonly<Record<string, Json>>;

const FamilyName = z.enum(['ip', 'ip6', 'inet', 'bridge', 'netdev', 'arp']);
const ListedTable = z.object({ family: FamilyName, name: z.string(), flags: z.unknown().optional() });
const ListedChain = z.object({
  family: FamilyName,
  table: z.string(),
  name: z.string(),
  handle: z.int().optional(),
  type: z.string().optional(),
  hook: z.string().optional(),
  prio: z.int().optional(),
  policy: z.enum(['accept', 'drop']).optional(),
  dev: z.union([z.string(), z.array(z.string())]).optional(),
});
const ListedRule = z.object({
  family: FamilyName,
  table: z.string(),
  chain: z.string(),
  handle: z.int().optional(),
  comment: z.string().optional(),
  expr: z.array(z.record(z.string(), z.unknown())),
});
const ListedSet = z.object({
  family: FamilyName,
  table: z.string(),
  name: z.string(),
  // Since 1.1 a set that was declared by an expression is listed by it.
  type: z.union([z.string(), z.array(z.unknown()), z.object({ typeof: z.unknown() })]),
  map: z.unknown().optional(),
  flags: z.unknown().optional(),
  timeout: z.unknown().optional(),
  elem: z.array(z.unknown()).optional(),
});

interface Draft {
  readonly family: TableFamily;
  readonly name: string;
  readonly dormant: boolean;
  readonly chains: Map<string, { readonly chain: Omit<Chain, 'rules'>; readonly rules: Rule[] }>;
  readonly sets: Map<string, Members>;
}

/** Objects that say nothing about where a packet goes by themselves. */
const ASIDE = new Set([
  'metainfo',
  'counter',
  'quota',
  'limit',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'synproxy',
  'tunnel',
]);

/** @param objects the list under `nftables`, handles and counters included. */
export function readRuleset(objects: readonly Listed[]): Ruleset {
  const drafts = new Map<string, Draft>();
  const unknown: Unread[] = [];
  const members = objects.flatMap((each) => Object.entries(each));
  const changing = filledByRules(members);
  // Tables, then chains and sets, then rules: a listing has them so, but nothing says that it must.
  for (const [object, value] of members.toSorted(([a], [b]) => rankOf(a) - rankOf(b))) {
    if (ASIDE.has(object)) continue;
    const why = readObject(object, value, drafts, changing);
    if (why !== undefined) unknown.push({ text: printable({ [object]: value }), why });
  }
  return { tables: [...drafts.values()].map(tableOf), unknown };
}

const TABLE_FLAGS: ReadonlySet<string> = new Set(['dormant', 'owner', 'persist']);

function rankOf(object: string): number {
  return object === 'table' ? 0 : object === 'rule' ? 2 : 1;
}

function tableOf({ family, name, dormant, chains, sets }: Draft): Table {
  const finished = [...chains].map(([chain, draft]): [string, Chain] => [
    chain,
    { ...draft.chain, rules: draft.rules },
  ]);
  return { family, name, dormant, chains: new Map(finished), sets };
}

const tableKey = (family: string, name: string): string => `${family} ${name}`;

/** Why it could not be read. */
function readObject(
  object: string,
  value: Json,
  drafts: Map<string, Draft>,
  changing: ReadonlySet<string>,
): string | undefined {
  switch (object) {
    case 'table': {
      const table = ListedTable.safeParse(value);
      if (!table.success) return 'a table of a family that is not known';
      const { family, name, flags } = table.data;
      const words = wordsOf(flags);
      const dormant = words.includes('dormant');
      drafts.set(tableKey(family, name), { family, name, dormant, chains: new Map(), sets: new Map() });
      // Asleep or not: nft 1.0.6 does not say which of its flags a table has.
      return words.every((word) => TABLE_FLAGS.has(word))
        ? undefined
        : 'a table with flags that are not listed as they are';
    }
    case 'chain': {
      const listed = ListedChain.safeParse(value);
      const draft = listed.success ? drafts.get(tableKey(listed.data.family, listed.data.table)) : undefined;
      if (!listed.success || draft === undefined) return 'a chain of no table';
      const base = baseOf(listed.data);
      if (base === undefined) return 'a chain on a hook without a priority';
      const { name, handle = null } = listed.data;
      draft.chains.set(name, { chain: { name, handle, base }, rules: [] });
      return undefined;
    }
    case 'set':
    case 'map': {
      const listed = ListedSet.safeParse(value);
      const draft = listed.success ? drafts.get(tableKey(listed.data.family, listed.data.table)) : undefined;
      if (!listed.success || draft === undefined) return 'a set of no table';
      draft.sets.set(listed.data.name, namedMembers(listed.data, changing));
      return undefined;
    }
    case 'rule':
      return readRule(value, drafts);
    case 'flowtable':
      return undefined;
    default:
      return 'not an object that is known';
  }
}

function baseOf({ type, hook, prio, policy, dev }: z.infer<typeof ListedChain>): Base | null | undefined {
  if (hook === undefined) return null;
  if (type === undefined || prio === undefined) return undefined;
  return { type, hook, priority: prio, policy: policy ?? 'accept', devices: dev === undefined ? [] : [dev].flat() };
}

function readRule(value: Json, drafts: Map<string, Draft>): string | undefined {
  const listed = ListedRule.safeParse(value);
  const draft = listed.success ? drafts.get(tableKey(listed.data.family, listed.data.table)) : undefined;
  const chain = listed.success ? draft?.chains.get(listed.data.chain) : undefined;
  if (!listed.success || draft === undefined || chain === undefined) return 'a rule of no chain';
  const { family, table, handle = null, comment = null, expr } = listed.data;
  const statements = expr.flatMap((each): readonly Statement[] => readStatement(each as Listed, draft));
  const at = { family, table, chain: listed.data.chain, handle, id: comment, text: ruleText(expr as readonly Json[]) };
  const hits = countOf(expr as readonly Listed[]);
  chain.rules.push({ at, statements, ...(hits === undefined ? {} : { hits }) });
  return undefined;
}

const Counter = z.object({ packets: z.number(), bytes: z.number() });

/** Of the rule's first counter that counts for itself. */
function countOf(expr: readonly Listed[]): Hits | undefined {
  for (const { counter } of expr) {
    if (counter === undefined || counter === null) continue;
    const own = Counter.safeParse(counter);
    if (own.success) return { packets: own.data.packets, bytes: own.data.bytes };
  }
  return undefined;
}

function namedMembers(listed: z.infer<typeof ListedSet>, changing: ReadonlySet<string>): Members {
  const { family, table, name, type, map, flags, timeout, elem = [] } = listed;
  const key = typesOf(type, family);
  const data = map === undefined ? [] : map === 'verdict' ? 'verdict' : typesOf(map, family);
  const words = wordsOf(flags);
  const comesAndGoes =
    words.includes('dynamic') || timeout !== undefined || changing.has(`${tableKey(family, table)} ${name}`);
  return readMembers(key, data, elem as readonly Json[], comesAndGoes);
}

const Typeof = z.object({ typeof: z.unknown() });

/** `"ipv4_addr"`, `["ipv4_addr", "inet_service"]`, `"ipv4_addr . inet_service"`; `undefined` beside what is not known. */
function typesOf(type: unknown, family: TableFamily): readonly ReturnType<typeof valueType>[] {
  const declared = tried(Typeof, 'typeof', type);
  if (declared.success) {
    const terms = readKeyTerms(declared.data.typeof as Json, family);
    return terms === undefined ? [undefined] : terms.map(({ field }) => typeOf(field));
  }
  const list = Array.isArray(type) ? type : typeof type === 'string' ? type.split(' . ') : [type];
  return list.map(valueType);
}

function valueType(text: unknown): Parameters<typeof readMembers>[0][number] {
  return typeof text === 'string' && isValueType(text) ? text : undefined;
}

function wordsOf(flags: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(flags) ? flags : [flags];
  return list.filter((each) => typeof each === 'string');
}

const NamedSet = z.object({ set: z.string() }).or(z.object({ map: z.string() }));

/** Sets that some rule adds to, by table and name: nft 1.0.6 does not always list them as `dynamic`. */
function filledByRules(members: readonly (readonly [string, Json])[]): ReadonlySet<string> {
  const filled = new Set<string>();
  for (const [object, value] of members) {
    const rule = object === 'rule' ? ListedRule.safeParse(value) : undefined;
    if (rule?.success !== true) continue;
    const { family, table, expr } = rule.data;
    for (const statement of expr) {
      for (const word of ['set', 'map']) {
        if (statement[word] === undefined) continue;
        const named = NamedSet.safeParse(statement[word]);
        if (!named.success) continue;
        const name = 'set' in named.data ? named.data.set : named.data.map;
        filled.add(`${tableKey(family, table)} ${name.replace(/^@/, '')}`);
      }
    }
  }
  return filled;
}
