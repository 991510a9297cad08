import type { Table } from '../../core/nft/ast.ts';
import { baseChain } from '../../core/nft/write.ts';
import type { Gateway, Model } from '../../flow/model.ts';
import { viewGateway } from '../nft-gateway.ts';
import { destinationMaps } from './destination.ts';
import { sourceMaps } from './source.ts';

/**
 * Translation opens nothing. Both chains stand on every gateway, also where there is nothing to translate: without a NAT
 * chain the kernel stops translating the flows that live, and inner addresses leave the gateway.
 */
export function natTable(model: Model, gateway: Gateway): Table {
  const view = viewGateway(model, gateway);
  const [destinations, sources] = [destinationMaps(view), sourceMaps(view)];
  return {
    chains: {
      'nat-prerouting': baseChain(
        { type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' },
        destinations.rules,
      ),
      'nat-postrouting': baseChain(
        { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' },
        sources.rules,
      ),
    },
    sets: { ...destinations.sets, ...sources.sets },
  };
}
