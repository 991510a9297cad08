/** What passes through the gateway from one network to another. */
import type { Chain, NamedSet, Rule, SetElement } from '../../core/nft/ast.ts';
import { baseChain, COUNTER, meta, regularChain, rule, together } from '../../core/nft/write.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
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

/** Denials come before what is published, and permissions may stand before it: both accept. */
export function forwardChain(view: GatewayView, pairs: readonly PolicyPair[], publishing: readonly Rule[]): FilterPart {
  const chains: Record<string, Chain> = {};
  const elements: SetElement[] = [];
  for (const pair of pairs) {
    const permissions = mayPass(view, pair.from, pair.to) ? pair.permissions : [];
    const rules = [...pair.denials, ...permissions];
    if (rules.length === 0) continue;
    const name = `${permissions.length === pair.permissions.length ? 'policy' : 'denied'}/${pairName(pair.from, pair.to)}`;
    chains[name] = regularChain(rules);
    elements.push({ key: [pair.from.device, pair.to.device], id: null, value: { jump: { target: name } } });
  }
  const pairLookup = rule('policy', COUNTER, {
    vmap: { key: together(meta('iifname'), meta('oifname')), data: `@${PAIRS}` },
  });
  const chain = baseChain({ type: 'filter', hook: 'forward', priority: 0, policy: 'drop' }, [
    ...REPLIES,
    PACKET_TOO_BIG,
    INVALID,
    ...(elements.length > 0 ? [pairLookup] : []),
    ...publishing,
    DEFAULT_DROP,
  ]);
  const set: NamedSet = { key: ['ifname', 'ifname'], data: 'verdict', interval: false, counter: false, elements };
  return { chain, chains, sets: elements.length > 0 ? { [PAIRS]: set } : {} };
}

/**
 * Whether policy can open the way at all: inside one network packets are switched and never come back through the gateway,
 * and two realms are joined only in the direction of a masquerade.
 */
function mayPass(view: GatewayView, from: GatewayPort, to: GatewayPort): boolean {
  if (from.network.name === to.network.name) return false;
  if (from.network.realm === to.network.realm) return true;
  return view.gateway.masquerades.some((each) => each.from === from.network.name && each.to === to.network.name);
}
