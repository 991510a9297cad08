/**
 * Back into the isolated network that it came from goes only what was sent to a published address and translated on the way: a
 * packet for a neighbour that is handed to the gateway instead of to him would go round the isolation. This comes before all
 * that passes unasked, replies and Packet Too Big included.
 */
import type { Chain, NamedSet, Rule } from '../../core/nft/ast.ts';
import { COUNTER, DROP, match, meta, regularChain, RETURN, rule, together, TRANSLATED } from '../../core/nft/write.ts';
import type { GatewayView } from '../nft-gateway.ts';

const [NICS, CHAIN] = ['isolated-nics', 'isolated/return'];

interface ReturnGuard {
  readonly rules: readonly Rule[];
  readonly chains: Record<string, Chain>;
  readonly sets: Record<string, NamedSet>;
}

export function isolatedReturns({ ports }: GatewayView): ReturnGuard {
  const isolated = ports.filter(({ network }) => network.isolated);
  if (isolated.length === 0) return { rules: [], chains: {}, sets: {} };
  const back = match(together(meta('iifname'), meta('oifname')), `@${NICS}`);
  const elements = isolated.map(({ device }) => ({ key: [device, device], id: null, value: null }));
  return {
    rules: [rule('isolated', back, { jump: { target: CHAIN } })],
    chains: { [CHAIN]: regularChain([rule('hairpin', TRANSLATED, COUNTER, RETURN), rule('isolated', COUNTER, DROP)]) },
    sets: { [NICS]: { key: ['ifname', 'ifname'], data: null, interval: false, counter: false, elements } },
  };
}
