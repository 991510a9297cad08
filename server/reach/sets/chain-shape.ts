/** What can be said of a chain before any packet is. */
import type { Chain, Statement, Table, Verdict } from '../rules/ruleset.ts';
import { membersOf } from './cuts.ts';

export interface Shape {
  /** It, or a chain that it calls, writes something into packets that rules can read. */
  readonly writes: boolean;
  /** Jumps within jumps that it makes at most; `Infinity` where chains call each other round and round. */
  readonly height: number;
}

const ROUND: Shape = { writes: true, height: Infinity };

export function shapeOf(table: Table, chain: Chain, known: Map<Chain, Shape>): Shape {
  const found = known.get(chain);
  if (found !== undefined) return found;
  known.set(chain, ROUND);
  let shape: Shape = { writes: false, height: 0 };
  for (const { statements } of chain.rules) {
    for (const statement of statements) {
      if (statement.type === 'assign' || statement.type === 'notrack') shape = { ...shape, writes: true };
      for (const { called, jump } of callsOf(table, statement)) {
        const below = shapeOf(table, called, known);
        const height = Math.max(shape.height, below.height + (jump ? 1 : 0));
        shape = { writes: shape.writes || below.writes, height };
      }
    }
  }
  known.set(chain, shape);
  return shape;
}

/** The chains that a statement may go to. */
export function callsOf(
  table: Table,
  statement: Statement,
): readonly { readonly called: Chain; readonly jump: boolean }[] {
  const verdicts: readonly Verdict[] =
    statement.type === 'verdict'
      ? [statement.verdict]
      : statement.type === 'vmap'
        ? mappedVerdicts(table, statement)
        : [];
  return verdicts.flatMap((verdict) => {
    if (verdict.type !== 'jump' && verdict.type !== 'goto') return [];
    const called = table.chains.get(verdict.chain);
    return called === undefined ? [] : [{ called, jump: verdict.type === 'jump' }];
  });
}

function mappedVerdicts(table: Table, { among }: Extract<Statement, { type: 'vmap' }>): readonly Verdict[] {
  const members = membersOf(among, table);
  return [...(members?.entries ?? []).map(({ value }) => value), members?.otherwise ?? null].flatMap((value) =>
    value !== null && 'type' in value ? [value] : [],
  );
}

/** Whether the chain does nothing else with packets than to let them pass, some with a translation. */
export function onlyTranslates(table: Table, chain: Chain, most: number): boolean {
  const shape = shapeOf(table, chain, new Map());
  if (shape.writes || shape.height >= most || chain.base?.policy === 'drop') return false;
  const seen = new Set([chain]);
  // Chains are added while it is walked.
  for (const { rules } of seen) {
    for (const { statements } of rules) {
      for (const statement of statements) {
        if (!isHarmless(table, statement)) return false;
        for (const { called } of callsOf(table, statement)) seen.add(called);
      }
    }
  }
  return true;
}

function isHarmless(table: Table, statement: Statement): boolean {
  if (statement.type === 'unknown' || statement.type === 'tproxy') return false;
  if (statement.type === 'vmap' && membersOf(statement.among, table)?.unread.length !== 0) return false;
  const verdicts =
    statement.type === 'verdict'
      ? [statement.verdict]
      : statement.type === 'vmap'
        ? mappedVerdicts(table, statement)
        : [];
  return verdicts.every((verdict) =>
    'chain' in verdict ? table.chains.has(verdict.chain) : verdict.type !== 'drop' && verdict.type !== 'reject',
  );
}
