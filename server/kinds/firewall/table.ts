import type { Chain, NamedSet, Table } from '../../core/nft/ast.ts';
import type { Gateway, GatewayMember, Model } from '../../flow/model.ts';
import { viewGateway } from '../nft-gateway.ts';
import { handingsOf } from '../nft-intercept.ts';
import { forwardChain } from './forward.ts';
import { handed } from './handed.ts';
import { hostFilter } from './host-stack.ts';
import { inputChain } from './input.ts';
import { isolatedReturns } from './isolated.ts';
import { policyPairs } from './pairs.ts';
import { published } from './published.ts';
import { returnMarks } from './return.ts';
import { spoofGuard } from './spoof.ts';
import { topologySets } from './zones.ts';

/**
 * The whole filter of a gateway: every packet passes `guard-prerouting`, then `filter-forward` or `filter-input`. In a host's own
 * stack the guard is asked in those two.
 */
export function firewallTable(model: Model, gateway: Gateway, member: GatewayMember): Table {
  const view = viewGateway(model, gateway, member);
  const pairs = policyPairs(model, view);
  const publishing = published(view);
  const handing = handed(view, handingsOf(model, view), pairs);
  const guard = spoofGuard(view, handing.guard);
  const host = view.host === null ? undefined : hostFilter(view, view.host, guard.chain);
  const isolated = isolatedReturns(view);
  const forward = forwardChain(pairs, publishing.rules, isolated.rules, handing.forward, host?.forward);
  const input = inputChain(view, pairs, host?.input);
  const chains: Record<string, Chain> = {
    ...(host?.chains ?? { 'guard-prerouting': guard.chain }),
    ...returnMarks(view, handing.marks),
    'filter-forward': forward.chain,
    'filter-input': input.chain,
    ...input.chains,
    ...forward.chains,
    ...isolated.chains,
    ...handing.chains,
  };
  const sets: Record<string, NamedSet> = {
    ...host?.sets,
    ...guard.sets,
    ...forward.sets,
    ...isolated.sets,
    ...handing.sets,
    ...publishing.sets,
    ...input.sets,
  };
  return { chains, sets: { ...usedSets(topologySets(view), { ...chains }), ...sets } };
}

/** Only those that a rule looks into. */
function usedSets(sets: Record<string, NamedSet>, chains: Record<string, Chain>): Record<string, NamedSet> {
  const text = JSON.stringify(chains);
  return Object.fromEntries(Object.entries(sets).filter(([name]) => text.includes(`"@${name}"`)));
}
