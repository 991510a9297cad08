import type { Table } from '../../core/nft/ast.ts';
import { ACCEPT, baseChain, COUNTER, match, oneOf, PACKET_MARK, rule } from '../../core/nft/write.ts';
import type { Gateway, GatewayMember, Model } from '../../flow/model.ts';
import { viewGateway } from '../nft-gateway.ts';
import { handingsOf } from '../nft-intercept.ts';
import { COMES_BY_OTHER, gatewayInterfaces } from '../nft-host.ts';
import { balanceMaps } from './balance.ts';
import { destinationMaps } from './destination.ts';
import { sourceMaps } from './source.ts';

/**
 * Translation opens nothing. Both chains stand on every gateway, also where there is nothing to translate: without a NAT
 * chain the kernel stops translating the flows that live, and inner addresses leave the gateway.
 */
export function natTable(model: Model, gateway: Gateway, member: GatewayMember): Table {
  const view = viewGateway(model, gateway, member);
  const [destinations, sources, balanced] = [destinationMaps(view), sourceMaps(model, view), balanceMaps(view)];
  // Translated is what the proxy opens; what it is handed keeps its addresses.
  const marks = handingsOf(model, view).flatMap(({ proxies }) => proxies.map(({ mark }) => mark));
  const handed = marks.length === 0 ? [] : [rule('handed', match(PACKET_MARK, oneOf(marks)), COUNTER, ACCEPT)];
  return {
    chains: {
      'nat-prerouting': baseChain({ type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' }, [
        // Other software on the host has its own ways, and what comes by those is not for the gateway.
        ...(view.host === null ? [] : [rule('others', COMES_BY_OTHER, COUNTER, ACCEPT)]),
        ...handed,
        ...destinations.rules,
        ...balanced.rules,
      ]),
      // The host is a member of the networks too; what it sends itself does not come in by any interface.
      ...(view.host === null
        ? {}
        : {
            'nat-output': baseChain({ type: 'nat', hook: 'output', priority: -100, policy: 'accept' }, [
              ...destinations.rules,
              ...balanced.rules,
            ]),
          }),
      'nat-postrouting': baseChain({ type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' }, [
        ...handed,
        ...sources.rules,
      ]),
    },
    sets: {
      ...(view.host === null ? {} : gatewayInterfaces(view)),
      ...destinations.sets,
      ...balanced.sets,
      ...sources.sets,
    },
  };
}
