/** The rules of a stack, read once however often it is asked. */
import type { NetworkStack } from '../../flow/world.ts';
import { readRuleset } from '../rules/read.ts';
import type { Ruleset } from '../rules/ruleset.ts';

const read = new WeakMap<NetworkStack['tables'], Ruleset>();

export function rulesetOf({ tables }: Pick<NetworkStack, 'tables'>): Ruleset {
  const known = read.get(tables);
  if (known !== undefined) return known;
  const ruleset = readRuleset(tables.flatMap(({ objects }) => objects));
  read.set(tables, ruleset);
  return ruleset;
}
