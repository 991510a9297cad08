/** What passes through the gateway from one network to another. */
import type { Chain, NamedSet, Rule, SetElement } from '../../core/nft/ast.ts';
import { baseChain, COUNTER, meta, regularChain, rule, together } from '../../core/nft/write.ts';
import { canonicalJson } from '../../core/json.ts';
import { DEFAULT_DROP, INVALID, PACKET_TOO_BIG, REPLIES } from './basics.ts';
import type { PolicyPair } from './pairs.ts';
import { pairName } from './pairs.ts';

const PAIRS = 'forward-pairs';

export interface FilterPart {
  readonly chain: Chain;
  /** Those that the chain jumps to. */
  readonly chains: Record<string, Chain>;
  readonly sets: Record<string, NamedSet>;
}

/**
 * Denials come before what is published, and permissions may stand before it: both accept.
 *
 * @param first before all that passes without policy.
 * @param special before policy between networks.
 * @param beside in a stack that is not wholly ours, what comes before all else; the policy is accept there.
 */
export function forwardChain(
  pairs: readonly PolicyPair[],
  publishing: readonly Rule[],
  first: readonly Rule[],
  special: readonly Rule[],
  beside?: readonly Rule[],
): FilterPart {
  const chains: Record<string, Chain> = {};
  const elements: SetElement[] = [];
  for (const pair of pairs) {
    const permissions = pair.passing;
    const rules = [...pair.denials, ...permissions];
    if (rules.length === 0) continue;
    // Input has a chain of its own where it may do more: nobody's own address is in another realm.
    const word = isSame(permissions, pair.permissions) ? 'policy' : permissions.length === 0 ? 'denied' : 'crossing';
    const name = `${word}/${pairName(pair.from, pair.to)}`;
    chains[name] = regularChain(rules);
    elements.push({ key: [pair.from.device, pair.to.device], id: null, value: { jump: { target: name } } });
  }
  const pairLookup = rule('policy', COUNTER, {
    vmap: { key: together(meta('iifname'), meta('oifname')), data: `@${PAIRS}` },
  });
  const policy = beside === undefined ? 'drop' : 'accept';
  const chain = baseChain({ type: 'filter', hook: 'forward', priority: 0, policy }, [
    ...(beside ?? []),
    ...first,
    ...REPLIES,
    PACKET_TOO_BIG,
    INVALID,
    ...special,
    ...(elements.length > 0 ? [pairLookup] : []),
    ...publishing,
    DEFAULT_DROP,
  ]);
  const set: NamedSet = { key: ['ifname', 'ifname'], data: 'verdict', interval: false, counter: false, elements };
  return { chain, chains, sets: elements.length > 0 ? { [PAIRS]: set } : {} };
}

function isSame(one: readonly Rule[], other: readonly Rule[]): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
