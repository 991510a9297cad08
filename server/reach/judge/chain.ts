/**
 * One packet through one base chain, and the chains that it calls. Where it cannot be said whether a rule matches, both ways
 * are gone, and all that may come of it comes back.
 *
 * As the kernel does it (nf_tables_core.c): `jump` comes back behind the rule, `goto` to behind the last `jump`; the end of a
 * chain is `return`, and in a base chain the policy; at most sixteen chains deep.
 */
import type { Base, Chain, Locator, Rule, Statement, Table, Verdict } from '../rules/ruleset.ts';
import { assignedValues } from './assign.ts';
import { isAmong, isEither, lookUp } from './lookup.ts';
import type { ChainOutcome, Resolved } from './outcome.ts';
import type { Packet } from './packet.ts';
import { withFields } from './packet.ts';
import { nextRule } from './rule-index.ts';
import { resolveTranslation } from './translate.ts';

const DEEPEST = 16;
/** The older tables count their chains when they are loaded (ip_tables.c, `stacksize`), and know no limit. */
const DEEPEST_LEGACY = 1024;
/** Steps of one packet in one chain, all forks together. */
const BUDGET = 50_000;
/** Reported doubts: the first ones say enough. */
const MOST_DOUBTS = 20;

interface Frame {
  readonly chain: Chain;
  readonly next: number;
  readonly below: Frame | null;
  readonly depth: number;
}

interface State {
  readonly frame: Frame;
  /** Within the rule before `frame.next`. */
  readonly statement: number;
  readonly packet: Packet;
  readonly untracked: boolean;
  readonly doubts: readonly Locator[];
}

/** All that may come of it; one outcome where nothing on the way is in doubt. */
export function runChain(table: Table, chain: Chain, base: Base, packet: Packet): readonly ChainOutcome[] {
  const run: Run = { table, chain, base, outcomes: [], todo: [], seen: new Set(), numbers: new Map(), forked: false };
  const frame: Frame = { chain, next: 0, below: null, depth: 0 };
  run.todo.push({ frame, statement: -1, packet, untracked: false, doubts: [] });
  for (let steps = 0; ; steps += 1) {
    const state = run.todo.pop();
    if (state === undefined) return run.outcomes;
    if (steps > BUDGET) return [{ ...end(run, state, 'unknown', placeOf(run, state)) }];
    if (run.forked && isSeen(run, state)) continue;
    step(run, state);
  }
}

interface Run {
  readonly table: Table;
  readonly chain: Chain;
  readonly base: Base;
  readonly outcomes: ChainOutcome[];
  readonly todo: State[];
  readonly seen: Set<string>;
  readonly numbers: Map<Packet, number>;
  forked: boolean;
}

function isSeen(run: Run, { frame, statement, packet, untracked }: State): boolean {
  const number = run.numbers.get(packet) ?? run.numbers.size;
  run.numbers.set(packet, number);
  let key = `${String(number)} ${String(untracked)} ${String(statement)}`;
  for (let at: Frame | null = frame; at !== null; at = at.below) key += ` ${at.chain.name}:${String(at.next)}`;
  if (run.seen.has(key)) return true;
  run.seen.add(key);
  return false;
}

function step(run: Run, state: State): void {
  const { frame, statement } = state;
  if (statement < 0) {
    const next = nextRule(run.table, frame.chain, state.packet, frame.next);
    if (next >= frame.chain.rules.length) leave(run, state);
    else run.todo.push({ ...state, frame: { ...frame, next: next + 1 }, statement: 0 });
    return;
  }
  const rule = frame.chain.rules[frame.next - 1];
  const current = rule?.statements[statement];
  if (rule === undefined || current === undefined) run.todo.push({ ...state, statement: -1 });
  else execute(run, state, rule, current);
}

const nextStatement = (state: State): State => ({ ...state, statement: state.statement + 1 });
const pastRule = (state: State): State => ({ ...state, statement: -1 });
const doubting = (state: State, at: Locator): State =>
  state.doubts.includes(at) || state.doubts.length >= MOST_DOUBTS ? state : { ...state, doubts: [...state.doubts, at] };

function execute(run: Run, state: State, rule: Rule, statement: Statement): void {
  switch (statement.type) {
    case 'aside':
      run.todo.push(nextStatement(state));
      return;
    case 'match': {
      const holds = isAmong(statement.key, statement.among, statement.negated, state.packet, run.table);
      if (holds === null) fork(run, state, rule);
      else run.todo.push(holds ? nextStatement(state) : pastRule(state));
      return;
    }
    case 'either': {
      const holds = isEither(statement.of, state.packet, run.table);
      if (holds === null) fork(run, state, rule);
      else run.todo.push(holds ? nextStatement(state) : pastRule(state));
      return;
    }
    case 'condition':
    case 'tproxy':
      fork(run, state, rule);
      return;
    case 'verdict':
      obey(run, state, rule, statement.verdict);
      return;
    case 'vmap':
      lookUpVerdict(run, state, rule, statement);
      return;
    case 'assign': {
      const values = assignedValues(statement.value, state.packet, run.table);
      if (values.mayMiss) run.todo.push(pastRule(values.there === null ? doubting(state, rule.at) : state));
      if (values.there === false) return;
      const packet = withFields(state.packet, [[statement.field, values.value]]);
      run.forked ||= values.mayMiss;
      run.todo.push({ ...nextStatement(state), packet });
      return;
    }
    case 'translate': {
      const resolved = resolveTranslation(statement.translation, state.packet, run.table);
      if (resolved.mayMiss) {
        run.forked ||= resolved.found !== null;
        run.todo.push(pastRule(resolved.found === null ? state : doubting(state, rule.at)));
      }
      if (resolved.skipped) run.todo.push(nextStatement(state));
      if (resolved.found !== null) run.outcomes.push(end(run, state, 'accept', rule.at, resolved.found));
      return;
    }
    case 'notrack':
      run.todo.push(untrack(nextStatement(state)));
      return;
    case 'unknown':
      run.outcomes.push(end(run, doubting(state, rule.at), 'unknown', rule.at));
      return;
  }
}

const [INVALID, UNTRACKED] = [1n, 64n];

/** From here on, before conntrack has come too; what it has seen already stays as it is (nft_notrack_eval). */
function untrack(state: State): State {
  const known = state.packet.get('ct state');
  if (typeof known === 'bigint' && known !== INVALID) return state;
  return { ...state, packet: withFields(state.packet, [['ct state', UNTRACKED]]), untracked: true };
}

/** It matches, or it does not: where what is left of the rule does nothing, that comes to the same. */
function fork(run: Run, state: State, rule: Rule): void {
  const rest = rule.statements.slice(state.statement + 1);
  if (rest.every(({ type }) => ['aside', 'match', 'either', 'condition'].includes(type))) {
    run.todo.push(pastRule(state));
    return;
  }
  run.forked = true;
  const doubtful = doubting(state, rule.at);
  run.todo.push(pastRule(doubtful), nextStatement(doubtful));
}

function lookUpVerdict(run: Run, state: State, rule: Rule, { key, among }: Extract<Statement, { type: 'vmap' }>): void {
  const { there, hits, perhaps, mayMiss, members } = lookUp(key, among, state.packet, run.table);
  if (there === false) {
    run.todo.push(pastRule(state));
    return;
  }
  if (members === undefined || members.unread.length > 0) {
    if (hits.length === 0) {
      run.outcomes.push(end(run, doubting(state, rule.at), 'unknown', rule.at));
      return;
    }
  }
  const found = hits.length > 0 ? hits : perhaps;
  const verdicts = new Map(found.map(({ value }) => [JSON.stringify(value), value]));
  const sure = there === true && verdicts.size + (mayMiss ? 1 : 0) <= 1;
  const from = sure ? state : doubting(state, rule.at);
  run.forked ||= !sure;
  if (mayMiss || there === null) missed(run, from, rule, members?.otherwise ?? null, there);
  for (const value of verdicts.values()) if (value !== null && 'type' in value) obey(run, from, rule, value);
}

function missed(
  run: Run,
  state: State,
  rule: Rule,
  otherwise: NonNullable<ReturnType<typeof lookUp>['members']>['otherwise'],
  there: boolean | null,
): void {
  if (otherwise === null || !('type' in otherwise)) run.todo.push(pastRule(state));
  else {
    if (there === null) run.todo.push(pastRule(state));
    obey(run, state, rule, otherwise);
  }
}

function obey(run: Run, state: State, rule: Rule, verdict: Verdict): void {
  switch (verdict.type) {
    case 'accept':
    case 'drop':
    case 'reject':
      run.outcomes.push(end(run, state, verdict.type, rule.at));
      return;
    case 'continue':
      run.todo.push(nextStatement(state));
      return;
    case 'return':
      leave(run, state);
      return;
    case 'jump':
    case 'goto': {
      const chain = run.table.chains.get(verdict.chain);
      const { frame } = state;
      const below = verdict.type === 'jump' ? frame : frame.below;
      const depth = verdict.type === 'jump' ? frame.depth + 1 : frame.depth;
      if (chain === undefined || depth >= deepestOf(run.table))
        run.outcomes.push(end(run, doubting(state, rule.at), 'unknown', rule.at));
      else run.todo.push({ ...state, frame: { chain, next: 0, below, depth }, statement: -1 });
    }
  }
}

function deepestOf({ dialect }: Table): number {
  return dialect === 'iptables-legacy' ? DEEPEST_LEGACY : DEEPEST;
}

function leave(run: Run, state: State): void {
  const { below } = state.frame;
  if (below !== null) run.todo.push({ ...state, frame: below, statement: -1 });
  else run.outcomes.push(end(run, state, run.base.policy, policyOf(run)));
}

function policyOf({ table, chain, base }: Run): Locator {
  const text = `policy ${base.policy}`;
  return { family: table.family, table: table.name, chain: chain.name, handle: null, id: null, text };
}

function placeOf(run: Run, { frame }: State): Locator {
  return frame.chain.rules[frame.next - 1]?.at ?? policyOf(run);
}

function end(
  _run: Run,
  { packet, untracked, doubts }: State,
  verdict: ChainOutcome['verdict'],
  by: Locator,
  translation: Resolved | null = null,
): ChainOutcome {
  return { verdict, by, packet, translation, untracked, doubts };
}
