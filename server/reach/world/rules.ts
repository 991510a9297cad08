/** The rules of a stack, read once however often it is asked. */
import type { NetworkStack } from '../../flow/world.ts';
import { readStackRules } from '../rules/read-stack.ts';
import type { Ruleset } from '../rules/ruleset.ts';

type Listings = Pick<NetworkStack, 'tables'> & Partial<Pick<NetworkStack, 'iptables'>>;

const read = new WeakMap<NetworkStack['tables'], { readonly of: Listings['iptables']; readonly ruleset: Ruleset }>();

export function rulesetOf({ tables, iptables }: Listings): Ruleset {
  const known = read.get(tables);
  if (known !== undefined && known.of === iptables) return known.ruleset;
  const saved = [...(iptables ?? [])].map(([file, text]) => ({ file, text, family: familyOf(file) }));
  const ruleset = readStackRules({ nft: tables.flatMap(({ objects }) => objects), iptables: saved });
  read.set(tables, { of: iptables, ruleset });
  return ruleset;
}

/** `ip6tables-legacy.txt` */
function familyOf(file: string): 4 | 6 {
  return file.startsWith('ip6') ? 6 : 4;
}
