/** Rules that accept something by name, and the packets that they have to do with. */
import type { Rule } from '../../reach/rules/ruleset.ts';
import type { PacketSet } from '../../reach/sets/diagrams.ts';
import { NONE } from '../../reach/sets/diagrams.ts';
import { asArrived } from '../../reach/sets/flow.ts';
import type { StackSets } from '../../reach/sets/stack.ts';
import type { HookedChain } from './chains.ts';
import { reachedFrom } from './chains.ts';

export interface Accepting {
  readonly rule: Rule;
  /** As they arrive. */
  readonly packets: PacketSet;
}

/** Of the chain, and of those that it leads to. */
export function acceptingRules(sets: StackSets, { table, chain }: HookedChain): readonly Accepting[] {
  return reachedFrom(table, chain).flatMap((each) => {
    const hits = sets.chains.rulesOf(table, each);
    return each.rules
      .filter(({ statements }) => statements.some(isAccept) && statements.some(isCondition))
      .map((rule) => ({ rule, packets: asArrived(sets.layout, hits.get(rule)?.hit ?? NONE) }));
  });
}

type Statement = Rule['statements'][number];

function isAccept(each: Statement): boolean {
  return each.type === 'verdict' && each.verdict.type === 'accept';
}

function isCondition({ type }: Statement): boolean {
  return type === 'match' || type === 'either';
}
