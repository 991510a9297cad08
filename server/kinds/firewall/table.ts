import type { Chain, NamedSet, Table } from '../../core/nft/ast.ts';
import type { Gateway, Model } from '../../flow/model.ts';
import { viewGateway } from '../nft-gateway.ts';
import { forwardChain } from './forward.ts';
import { inputChain } from './input.ts';
import { policyPairs } from './pairs.ts';
import { published } from './published.ts';
import { spoofGuard } from './spoof.ts';
import { topologySets } from './zones.ts';

/** The whole filter of a gateway: every packet passes `guard-prerouting`, then `filter-forward` or `filter-input`. */
export function firewallTable(model: Model, gateway: Gateway): Table {
  const view = viewGateway(model, gateway);
  const pairs = policyPairs(model, view);
  const publishing = published(view);
  const guard = spoofGuard(view);
  const forward = forwardChain(view, pairs, publishing.rules);
  const input = inputChain(view, pairs);
  const chains: Record<string, Chain> = {
    'guard-prerouting': guard.chain,
    'filter-forward': forward.chain,
    'filter-input': input.chain,
    ...input.chains,
    ...forward.chains,
  };
  const sets: Record<string, NamedSet> = { ...guard.sets, ...forward.sets, ...publishing.sets, ...input.sets };
  return { chains, sets: { ...usedSets(topologySets(view), { ...chains }), ...sets } };
}

/** Only those that a rule looks into. */
function usedSets(sets: Record<string, NamedSet>, chains: Record<string, Chain>): Record<string, NamedSet> {
  const text = JSON.stringify(chains);
  return Object.fromEntries(Object.entries(sets).filter(([name]) => text.includes(`"@${name}"`)));
}
