/** The rules of a stack, read once however often it is asked: nft's, and what `iptables-save` and its likes printed. */
import type { NetworkStack } from '../../flow/world.ts';
import { readStackRules } from '../rules/read-stack.ts';
import type { Ruleset } from '../rules/ruleset.ts';

const read = new WeakMap<NetworkStack['tables'], Ruleset>();

export function rulesetOf({ tables, iptables }: Pick<NetworkStack, 'tables' | 'iptables'>): Ruleset {
  const known = read.get(tables);
  if (known !== undefined) return known;
  const ruleset = readStackRules({
    nft: tables.flatMap(({ objects }) => objects),
    iptables: [...iptables].map(([file, text]) => ({ file, family: file.startsWith('ip6') ? 6 : 4, text })),
  });
  read.set(tables, ruleset);
  return ruleset;
}
