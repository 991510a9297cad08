/**
 * Which rules of a long chain a packet can meet at all. Rules that begin with a match of one field among single values are laid
 * into buckets by it, so that one of ten thousand rules for ten thousand ports is found as quickly as one of ten.
 */
import type { FieldName } from '../rules/field-names.ts';
import type { Chain, Rule, Statement, Table } from '../rules/ruleset.ts';
import type { Packet } from './packet.ts';

/** Chains that are shorter are walked rule by rule. */
const FEWEST_RULES = 32;
const MOST_VALUES = 64;
const FIELDS: readonly FieldName[] = ['th dport', 'ip daddr', 'ip6 daddr', 'ip saddr', 'ip6 saddr', 'th sport'];

interface Index {
  readonly field: FieldName;
  /** Rules by value, in order. */
  readonly byValue: ReadonlyMap<bigint, readonly number[]>;
  /** Those that say nothing of the field, or too much. */
  readonly others: readonly number[];
}

const indexes = new WeakMap<Chain, Index | 'none'>();

/** The first rule from there on that may do something with the packet; the number of rules where none does. */
export function nextRule(table: Table, chain: Chain, packet: Packet, from: number): number {
  if (chain.rules.length < FEWEST_RULES) return from;
  const index = indexes.get(chain) ?? makeIndex(table, chain);
  indexes.set(chain, index);
  if (index === 'none') return from;
  const value = packet.get(index.field);
  // What is not known may be anything.
  if (typeof value !== 'bigint') return from;
  const end = chain.rules.length;
  return Math.min(firstFrom(index.byValue.get(value) ?? [], from, end), firstFrom(index.others, from, end));
}

function firstFrom(sorted: readonly number[], from: number, end: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? end) < from) low = middle + 1;
    else high = middle;
  }
  return sorted[low] ?? end;
}

function makeIndex(table: Table, { rules }: Chain): Index | 'none' {
  let best: { readonly index: Index; readonly most: number } | undefined;
  for (const field of FIELDS) {
    const index = indexBy(field, table, rules);
    // What a packet has to be put to at most.
    const most = index.others.length + Math.max(0, ...[...index.byValue.values()].map(({ length }) => length));
    if (best === undefined || most < best.most) best = { index, most };
  }
  return best === undefined || best.most >= rules.length ? 'none' : best.index;
}

function indexBy(field: FieldName, table: Table, rules: readonly Rule[]): Index {
  const byValue = new Map<bigint, number[]>();
  const others: number[] = [];
  for (const [position, { statements }] of rules.entries()) {
    const values = valuesOf(field, table, statements);
    if (values === undefined) others.push(position);
    else
      for (const value of values) {
        const list = byValue.get(value);
        if (list === undefined) byValue.set(value, [position]);
        else list.push(position);
      }
  }
  return { field, byValue, others };
}

/** With any other value of the field a packet goes by the rule, which has done nothing yet. */
function valuesOf(field: FieldName, table: Table, statements: readonly Statement[]): ReadonlySet<bigint> | undefined {
  for (const statement of statements) {
    if (statement.type === 'aside') continue;
    if (statement.type !== 'match') return undefined;
    const { key, among, negated } = statement;
    const [term] = key;
    if (key.length !== 1 || negated || term?.field !== field || term.mask !== null) continue;
    const members = 'members' in among ? among.members : table.sets.get(among.set);
    if (members === undefined || members.changing || members.unread.length > 0 || members.otherwise !== null) continue;
    const parts = members.entries.flatMap(({ key: [part] }) => part ?? []);
    const single = parts.flatMap((part) => ('first' in part && part.first === part.last ? [part.first] : []));
    if (single.length === parts.length && single.length <= MOST_VALUES) return new Set(single);
  }
  return undefined;
}
