/**
 * Rules that no packet can meet, since those before them in their chain take all that they are about. Judged by sets, for whatever
 * packets the chain may be called with, so that it holds whoever calls it.
 */
import type { Chain, Rule, Statement, Table } from '../../reach/rules/ruleset.ts';
import type { PacketSet } from '../../reach/sets/diagrams.ts';
import { NONE, TooComplex } from '../../reach/sets/diagrams.ts';
import { subjectOf } from '../../reach/sets/of-stack.ts';
import { AS_ARRIVED } from '../../reach/sets/rewritten.ts';
import type { StackSets } from '../../reach/sets/stack.ts';
import { setsIn, sharedLayout } from '../../reach/sets/stack.ts';
import type { AuditedStack } from '../scene.ts';
import { endsOf } from './chains.ts';

export interface DeadRule {
  readonly table: Table;
  readonly chain: Chain;
  readonly rule: Rule;
  /** What itself does to the packets that it is about, and what those before it do: `accept`, `drop`, `reject`. */
  readonly own: ReadonlySet<string>;
  readonly before: ReadonlySet<string>;
  /** Those that take them, in order; none where its own conditions exclude each other. */
  readonly by: readonly Rule[];
}

const NODES = 1_500_000;

const known = new WeakMap<AuditedStack, readonly DeadRule[]>();

/** Nothing where the rules are too many to be judged: that is said with the exposures already. */
export function deadRules(on: AuditedStack): readonly DeadRule[] {
  const found = known.get(on) ?? inAllFamilies(on);
  known.set(on, found);
  return found;
}

function inAllFamilies(on: AuditedStack): readonly DeadRule[] {
  return orNothing(() => judgedTables(on).flatMap(({ table, families }) => deadIn(table, families)));
}

/** Nothing where the rules are too many. */
export function orNothing<T>(judge: () => readonly T[]): readonly T[] {
  try {
    return judge();
  } catch (error) {
    if (error instanceof TooComplex) return [];
    throw error;
  }
}

export interface JudgedTable {
  readonly table: Table;
  readonly families: readonly StackSets[];
}

const judgedStacks = new WeakMap<AuditedStack, readonly JudgedTable[]>();

/** @throws TooComplex */
export function judgedTables(on: AuditedStack): readonly JudgedTable[] {
  const before = judgedStacks.get(on);
  if (before !== undefined) return before;
  const [four, six] = ([4, 6] as const).map((family) => {
    const subject = subjectOf(on.stack);
    return setsIn(sharedLayout([subject], family, { nodes: NODES }), subject);
  });
  const tables = on.rules.tables
    .filter(({ dormant, family }) => !dormant && (family === 'ip' || family === 'ip6' || family === 'inet'))
    .map((table) => {
      const sets = [table.family === 'ip6' ? undefined : four, table.family === 'ip' ? undefined : six];
      return { table, families: sets.filter((each) => each !== undefined) };
    });
  judgedStacks.set(on, tables);
  return tables;
}

function deadIn(table: Table, families: readonly StackSets[]): readonly DeadRule[] {
  return [...table.chains.values()].flatMap((chain) => {
    const judged = families.map((sets) => ({ sets, rules: sets.chains.rulesOf(table, chain) }));
    return chain.rules.flatMap((rule, index): readonly DeadRule[] => {
      if (endsOf(rule, table).length === 0 || rule.statements.some(isOpaque)) return [];
      if (!judged.every(({ rules }) => rules.get(rule)?.hit === NONE)) return [];
      const by = new Set<Rule>();
      const [own, before] = [new Set<string>(), new Set<string>()];
      for (const { sets, rules } of judged) {
        const about = aboutOf(sets, rule, table);
        if (about === NONE) continue;
        for (const word of wordsOf(sets, rule, table, about)) own.add(word);
        for (const earlier of chain.rules.slice(0, index)) {
          const taken = sets.layout.diagrams.and(rules.get(earlier)?.hit ?? NONE, about);
          if (taken === NONE) continue;
          const words = wordsOf(sets, earlier, table, taken);
          if (words.length === 0) continue;
          by.add(earlier);
          for (const word of words) before.add(word);
        }
      }
      return [{ table, chain, rule, own, before, by: [...by] }];
    });
  });
}

/** Nobody can say what such a rule is about. */
export function isOpaque({ type }: Statement): boolean {
  return type === 'condition' || type === 'unknown' || type === 'either';
}

/** Packets that meet the rule's conditions, wherever it stands. */
export function aboutOf({ chains, layout }: StackSets, { statements }: Rule, table: Table): PacketSet {
  return statements.reduce(
    (set, each) =>
      each.type === 'match'
        ? layout.diagrams.and(set, chains.conditions.match(each.key, each.among, each.negated, table).may)
        : set,
    layout.valid,
  );
}

/** What a rule does to these packets in the end; nothing where it lets them go on. */
function wordsOf({ chains }: StackSets, rule: Rule, table: Table, packets: PacketSet): readonly string[] {
  return rule.statements.flatMap((each) => {
    if (each.type !== 'verdict') return each.type === 'vmap' ? ['one or another'] : [];
    const { verdict } = each;
    if (!('chain' in verdict)) return verdict.type === 'continue' ? [] : [verdict.type];
    const called = table.chains.get(verdict.chain);
    if (called === undefined) return [];
    const sets = chains.run(table, called, packets, AS_ARRIVED);
    return (['accept', 'drop', 'reject', 'unknown'] as const).filter((word) => sets[word] !== NONE);
  });
}
