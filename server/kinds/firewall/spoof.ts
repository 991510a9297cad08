/**
 * A packet whose source does not belong behind the interface that it arrives on goes no further, whatever it wants. Behind a
 * network's interface lie its subnets and what routes lead to by it; behind an external one also what lies in no subnet of the
 * topology.
 */
import type { Family } from '../../core/address.ts';
import type { Chain, Interval, NamedSet, Rule } from '../../core/nft/ast.ts';
import {
  ACCEPT,
  baseChain,
  COUNTER,
  DROP,
  match,
  meta,
  oneOf,
  prefixValue,
  rule,
  source,
  together,
} from '../../core/nft/write.ts';
import { mergeIntervals } from '../../core/nft/interval.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
import { FAMILIES, inFamily, prefixesOf } from '../nft-gateway.ts';
import { addressType } from '../nft-publish.ts';
import { asksForAddress } from './questions.ts';
import { topologySet } from './zones.ts';

export function spoofGuard(
  view: GatewayView,
  further: readonly Rule[],
): { readonly chain: Chain; readonly sets: Record<string, NamedSet> } {
  const families = FAMILIES.map((family) => guardFamily(view, family));
  const chain = baseChain({ type: 'filter', hook: 'prerouting', priority: -300, policy: 'drop' }, [
    rule('loopback', match(meta('iifname'), 'lo'), COUNTER, ACCEPT),
    ...families.flatMap((each) => each.rules),
    ...further,
    ...asksForAddress(view),
    rule('spoofed', COUNTER, DROP),
  ]);
  return { chain, sets: Object.assign({}, ...families.map((each) => each.sets)) as Record<string, NamedSet> };
}

function guardFamily(view: GatewayView, family: Family): { rules: readonly Rule[]; sets: Record<string, NamedSet> } {
  const ports = view.ports.filter((port) => inFamily(family, prefixesOf(port.network)).length > 0);
  if (ports.length === 0) return { rules: [], sets: {} };
  const name = `sources-${String(family)}`;
  const elements = ports.flatMap((port) =>
    sourcesBehind(view, port, family).map((prefix) => ({ key: [port.device, prefix], id: null, value: null })),
  );
  const set: NamedSet = { key: ['ifname', addressType(family)], data: null, interval: true, counter: false, elements };
  const external = ports.filter((port) => port.network.external).map((port) => port.device);
  const inward = routedInward(view, family);
  const outside = rule(
    'outside-source',
    match(meta('iifname'), oneOf(external)),
    match(source(family), `@${topologySet(family)}`, '!='),
    ...(inward.length > 0 ? [match(source(family), oneOf(inward), '!=')] : []),
    COUNTER,
    ACCEPT,
  );
  return {
    rules: [
      rule('own-source', match(together(meta('iifname'), source(family)), `@${name}`), COUNTER, ACCEPT),
      ...(external.length > 0 ? [outside] : []),
    ],
    sets: { [name]: set },
  };
}

/** Link-local and, while an address is tried for duplicates, the unspecified address are every link's own. */
function sourcesBehind(view: GatewayView, port: GatewayPort, family: Family): readonly Interval[] {
  const peers = family === 4 ? view.speakers.filter(({ device }) => device === port.device) : [];
  const subnets = [...prefixesOf(port.network), ...port.nic.behind];
  const prefixes: Interval[] = [
    ...inFamily(family, subnets).map(prefixValue),
    ...inFamily(
      family,
      peers.flatMap((each) => each.peers),
    ),
  ];
  return mergeIntervals(addressType(family), family === 4 ? prefixes : [...prefixes, prefixValue('fe80::/10'), '::']);
}

/** Addresses in no subnet of the topology that a written route says are not outside. */
function routedInward({ gateway, byNetwork }: GatewayView, family: Family): readonly Interval[] {
  const written = gateway.routing.routes.filter(
    ({ to, network }) => !to.endsWith('/0') && byNetwork.get(network)?.network.external === false,
  );
  return mergeIntervals(
    addressType(family),
    inFamily(
      family,
      written.map(({ to }) => to),
    ).map(prefixValue),
  );
}
