/**
 * A set of packets through one chain and the chains that it calls: what may become of each of them. A packet of which it cannot
 * be said whether a rule matches goes both ways, so that it is in more than one of the sets that come out; a packet that is in
 * one of them alone is certain.
 *
 * A chain that writes nothing into packets says the same of each packet whoever calls it: it is judged once, for all packets, and
 * what comes of some of them is an intersection.
 */
import type { Among, Chain, Rule, Statement, Table, Term, Verdict } from '../rules/ruleset.ts';
import { assign } from './assign.ts';
import type { Conditions, Doubtful } from './conditions.ts';
import { ALWAYS, both, conditionsOf } from './conditions.ts';
import type { Diagrams, PacketSet } from './diagrams.ts';
import { ALL, NONE } from './diagrams.ts';
import type { Layout } from './fields.ts';
import { havingValues } from './fields.ts';
import type { Shape } from './chain-shape.ts';
import { shapeOf } from './chain-shape.ts';
import type { Rewritten } from './rewritten.ts';
import { setField } from './flow.ts';
import { AS_ARRIVED, conditionsNow, nowIn } from './rewritten.ts';
import type { Target } from './translation.ts';
import { textOf, translate } from './translation.ts';

/** Jumps within jumps that the kernel allows. */
export const DEEPEST = 16;

/** Sets of what may become of packets. */
export interface ChainSets {
  readonly accept: PacketSet;
  readonly drop: PacketSet;
  readonly reject: PacketSet;
  /** A rule that is not understood may do anything with them. */
  readonly unknown: PacketSet;
  /** They leave the chain by its end or by `return`. */
  readonly returned: PacketSet;
  readonly translated: readonly TranslatedSet[];
}

export interface TranslatedSet {
  readonly packets: PacketSet;
  /** What the rule itself is about, whoever comes by: all of `packets`, and more. */
  readonly about: PacketSet;
  readonly target: Target;
}

/** What a rule does with the packets of its chain. */
export interface RuleSets {
  /** Those that come by it. */
  readonly reached: PacketSet;
  /** Those of them that it may act on. */
  readonly hit: PacketSet;
}

export interface Chains {
  readonly conditions: Conditions;
  /** @param packets as they arrived; `rewritten`: what they have become since. */
  run(table: Table, chain: Chain, packets: PacketSet, rewritten: Rewritten): ChainSets;
  /** Rule for rule, for all packets that there could be. */
  rulesOf(table: Table, chain: Chain): ReadonlyMap<Rule, RuleSets>;
}

interface Judged {
  readonly sets: ChainSets;
  readonly rules: ReadonlyMap<Rule, RuleSets>;
}

export function chainsOf(layout: Layout): Chains {
  const conditions = conditionsOf(layout);
  const judged = new Map<Chain, Judged>();
  const shapes = new Map<Chain, Shape>();
  const { diagrams } = layout;
  const judgedOf = (table: Table, chain: Chain): Judged => {
    const known = judged.get(chain);
    if (known !== undefined) return known;
    const rules = new Map<Rule, RuleSets>();
    const made = { sets: pass({ table, rewritten: AS_ARRIVED, conditions, rules }, chain, ALL, 0), rules };
    judged.set(chain, made);
    return made;
  };
  const run = (state: Pass, chain: Chain, packets: PacketSet, depth: number): ChainSets => {
    const shape = shapeOf(state.table, chain, shapes);
    if (depth + shape.height >= DEEPEST) return { ...EMPTY, unknown: packets };
    if (shape.writes) return pass({ ...state, rules: undefined }, chain, packets, depth);
    return someOf(layout, judgedOf(state.table, chain).sets, packets, state.rewritten);
  };
  const pass = (state: Pass, chain: Chain, packets: PacketSet, depth: number): ChainSets => {
    const out: Out = { accept: [], drop: [], reject: [], unknown: [], returned: [], translated: [] };
    let left = packets;
    for (const rule of chain.rules) {
      if (left === NONE && state.rules === undefined) break;
      const { missed, hit } = throughRule({ ...state, layout, call }, rule, left, out, depth);
      state.rules?.set(rule, { reached: left, hit });
      left = missed;
    }
    out.returned.push(left);
    return closed(layout, out);
  };
  const call: RulePass['call'] = (state, name, packets, depth) => {
    const chain = state.table.chains.get(name);
    return chain === undefined ? { ...EMPTY, unknown: packets } : run(state, chain, packets, depth);
  };
  return {
    conditions,
    run: (table, chain, packets, rewritten) =>
      run({ table, rewritten, conditions: conditionsNow(conditions, rewritten), rules: undefined }, chain, packets, 0),
    rulesOf(table, chain) {
      if (!shapeOf(table, chain, shapes).writes) return judgedOf(table, chain).rules;
      const rules = new Map<Rule, RuleSets>();
      pass({ table, rewritten: AS_ARRIVED, conditions, rules }, chain, layout.valid, 0);
      return rules;
    },
  };

  function someOf(_layout: Layout, sets: ChainSets, packets: PacketSet, rewritten: Rewritten): ChainSets {
    const some = (set: PacketSet): PacketSet => diagrams.and(packets, nowIn(layout, rewritten, set));
    return {
      accept: some(sets.accept),
      drop: some(sets.drop),
      reject: some(sets.reject),
      unknown: some(sets.unknown),
      returned: some(sets.returned),
      translated: sets.translated
        .map((each) => ({ ...each, packets: some(each.packets), about: nowIn(layout, rewritten, each.about) }))
        .filter((each) => each.packets !== NONE),
    };
  }
}

const EMPTY: ChainSets = { accept: NONE, drop: NONE, reject: NONE, unknown: NONE, returned: NONE, translated: [] };

interface Out {
  readonly accept: PacketSet[];
  readonly drop: PacketSet[];
  readonly reject: PacketSet[];
  readonly unknown: PacketSet[];
  readonly returned: PacketSet[];
  readonly translated: TranslatedSet[];
}

function closed({ diagrams }: Layout, out: Out): ChainSets {
  return {
    accept: diagrams.union(out.accept),
    drop: diagrams.union(out.drop),
    reject: diagrams.union(out.reject),
    unknown: diagrams.union(out.unknown),
    returned: diagrams.union(out.returned),
    translated: joinedTargets(diagrams, out.translated),
  };
}

/** Ten thousand rules that masquerade do one thing. */
function joinedTargets(diagrams: Diagrams, translated: readonly TranslatedSet[]): readonly TranslatedSet[] {
  return [...Map.groupBy(translated, ({ target }) => textOf(target)).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    const packets = diagrams.union(group.map((each) => each.packets));
    return [{ ...first, packets, about: diagrams.union(group.map((each) => each.about)) }];
  });
}

interface Pass {
  readonly table: Table;
  readonly rewritten: Rewritten;
  readonly conditions: Conditions;
  /** Where what each rule does is written down. */
  readonly rules: Map<Rule, RuleSets> | undefined;
}

interface RulePass extends Pass {
  readonly layout: Layout;
  call(state: Pass, name: string, packets: PacketSet, depth: number): ChainSets;
}

interface AtRule {
  readonly state: RulePass;
  readonly rule: Rule;
  readonly out: Out;
  readonly depth: number;
  readonly missed: PacketSet[];
}

function throughRule(
  state: RulePass,
  rule: Rule,
  packets: PacketSet,
  out: Out,
  depth: number,
): { readonly missed: PacketSet; readonly hit: PacketSet } {
  const { diagrams } = state.layout;
  const at: AtRule = { state, rule, out, depth, missed: [] };
  let left = packets;
  let hit = packets;
  // Conditions are put together before they meet the packets: they are small, and the packets are not.
  let pending: Doubtful | undefined;
  const settle = (): void => {
    if (pending === undefined) return;
    at.missed.push(diagrams.minus(left, pending.sure));
    left = diagrams.and(left, pending.may);
    pending = undefined;
    hit = left;
  };
  for (const statement of rule.statements) {
    if (statement.type === 'match' || statement.type === 'either') {
      const condition = conditionOf(state, statement);
      pending = pending === undefined ? condition : both(state.layout, condition, pending);
      continue;
    }
    if (statement.type === 'aside') continue;
    settle();
    if (left === NONE) break;
    left = execute(at, statement, left);
  }
  settle();
  at.missed.push(left);
  return { missed: diagrams.union(at.missed), hit: packets === NONE ? NONE : hit };
}

function conditionOf(state: RulePass, statement: Extract<Statement, { readonly type: 'match' | 'either' }>): Doubtful {
  const { layout, conditions, table } = state;
  if (statement.type === 'match') return conditions.match(statement.key, statement.among, statement.negated, table);
  const ways = statement.of.map((matches) =>
    matches
      .map(({ key, among, negated }) => conditions.match(key, among, negated, table))
      .reduce((a, b) => both(layout, a, b), ALWAYS),
  );
  return {
    sure: layout.diagrams.union(ways.map(({ sure }) => sure)),
    may: layout.diagrams.union(ways.map(({ may }) => may)),
  };
}

type Acting = Exclude<Statement, { readonly type: 'match' | 'either' | 'aside' }>;

/** What goes on to the next statement. */
function execute(at: AtRule, statement: Acting, packets: PacketSet): PacketSet {
  const { state, missed, out } = at;
  const { diagrams } = state.layout;
  switch (statement.type) {
    case 'condition':
    case 'tproxy':
      missed.push(packets);
      return packets;
    case 'verdict':
      return obey(at, statement.verdict, packets);
    case 'vmap':
      return obeyMap(at, statement, packets);
    case 'assign': {
      const { done, missed: unread, unknown } = assign(statement, packets, state.conditions, state.table);
      missed.push(unread);
      out.unknown.push(unknown);
      return done;
    }
    case 'translate': {
      const found = translate(statement.translation, packets, state.conditions, state.table);
      for (const [set, target] of found.targets) out.translated.push({ packets: set, about: set, target });
      missed.push(found.missed);
      return found.skipped;
    }
    case 'notrack': {
      // What conntrack has seen already stays as it is (nft_notrack_eval).
      const tracked = diagrams.and(packets, havingValues(state.layout, 'tracked', [1n]));
      const marked = setField(state.layout, diagrams.minus(packets, tracked), 'notrack', 1n);
      return diagrams.or(tracked, setField(state.layout, marked, 'ct state', UNTRACKED));
    }
    case 'unknown':
      out.unknown.push(packets);
      return NONE;
  }
}

/** Of `ct state`. */
const UNTRACKED = 64n;

function obey({ state, missed, out, depth }: AtRule, verdict: Verdict, packets: PacketSet): PacketSet {
  switch (verdict.type) {
    case 'accept':
    case 'drop':
    case 'reject':
      out[verdict.type].push(packets);
      return NONE;
    case 'continue':
      return packets;
    case 'return':
      out.returned.push(packets);
      return NONE;
    case 'jump':
    case 'goto': {
      const jump = verdict.type === 'jump';
      const sets = state.call(state, verdict.chain, packets, jump ? depth + 1 : depth);
      for (const word of ['accept', 'drop', 'reject', 'unknown'] as const) out[word].push(sets[word]);
      out.translated.push(...sets.translated);
      // Behind the rule, whatever else it says.
      (jump ? missed : out.returned).push(sets.returned);
      return NONE;
    }
  }
}

function obeyMap(
  at: AtRule,
  { key, among }: { readonly key: readonly Term[]; readonly among: Among },
  packets: PacketSet,
): PacketSet {
  const { state, missed, out } = at;
  const { diagrams } = state.layout;
  const entries = state.conditions.lookUp(key, among, state.table);
  const { there, members } = entries;
  const reached = diagrams.and(packets, there.may);
  if (members === undefined) {
    missed.push(diagrams.minus(packets, there.sure));
    out.unknown.push(reached);
    return NONE;
  }
  const groups = new Map<string, { readonly verdict: Verdict; readonly sets: PacketSet[] }>();
  const sure: PacketSet[] = [];
  for (const [{ value }, keyed] of entries.each()) {
    sure.push(keyed.sure);
    if (value === null || !('type' in value)) continue;
    const text = JSON.stringify(value);
    const group = groups.get(text) ?? { verdict: value, sets: [] };
    groups.set(text, group);
    group.sets.push(keyed.may);
  }
  const surely = diagrams.union(sure);
  const missing = diagrams.minus(reached, surely);
  const left: PacketSet[] = [];
  for (const { verdict, sets } of groups.values())
    left.push(obey(at, verdict, diagrams.and(reached, diagrams.union(sets))));
  if (members.unread.length > 0) out.unknown.push(missing);
  missed.push(diagrams.minus(packets, there.sure));
  const { otherwise } = members;
  if (otherwise === null || !('type' in otherwise)) missed.push(missing);
  else left.push(obey(at, otherwise, missing));
  return diagrams.union(left);
}
