/**
 * Policy by pair of networks: one chain each, denials first. One chain and not two, because the kernel swaps chains one by
 * one when a change is committed; inside one chain no packet ever sees the new denials with the old permissions.
 */
import { canonicalJson } from '../../core/json.ts';
import type { Rule } from '../../core/nft/ast.ts';
import { destination, source } from '../../core/nft/write.ts';
import type { Model, PolicyEntry, Zone } from '../../flow/model.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
import { FAMILIES } from '../nft-gateway.ts';
import { policyRules } from './services.ts';
import { zoneMatch } from './zones.ts';

export interface PolicyPair {
  readonly from: GatewayPort;
  readonly to: GatewayPort;
  readonly denials: readonly Rule[];
  readonly permissions: readonly Rule[];
}

/** Every pair of the gateway's networks that some policy line speaks of, in order of their names. */
export function policyPairs(model: Model, view: GatewayView): readonly PolicyPair[] {
  const pairs = new Map<string, { from: GatewayPort; to: GatewayPort; denials: Rule[]; permissions: Rule[] }>();
  for (const entry of model.policy) {
    for (const from of entry.from) {
      for (const to of entry.to) {
        const [fromPort, toPort] = [view.byNetwork.get(from.network), view.byNetwork.get(to.network)];
        if (fromPort === undefined || toPort === undefined) continue;
        const rules = zonePairRules(view, entry, from, to);
        if (rules.length === 0) continue;
        const name = pairName(fromPort, toPort);
        const pair = pairs.get(name) ?? { from: fromPort, to: toPort, denials: [], permissions: [] };
        pairs.set(name, pair);
        (entry.verdict === 'deny' ? pair.denials : pair.permissions).push(...rules);
      }
    }
  }
  return [...pairs]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, pair]) => ({ ...pair, denials: inOrder(pair.denials), permissions: inOrder(pair.permissions) }));
}

/** `shop/db`; a slash is in no name of a network. */
export function pairName(from: GatewayPort, to: GatewayPort): string {
  return `${from.network.name}/${to.network.name}`;
}

function zonePairRules(view: GatewayView, entry: PolicyEntry, from: Zone, to: Zone): readonly Rule[] {
  return FAMILIES.flatMap((family) => {
    const sources = zoneMatch(view, from, family, source(family));
    const destinations = zoneMatch(view, to, family, destination(family));
    return sources === undefined || destinations === undefined
      ? []
      : policyRules(entry, family, [...sources, ...destinations]);
  });
}

/** By id, since the order in the file means nothing; rules of one line keep theirs (a log stands before its verdict). */
function inOrder(rules: readonly Rule[]): readonly Rule[] {
  const distinct = new Map(rules.map((rule) => [canonicalJson(rule), rule]));
  return [...distinct.values()].toSorted((a, b) =>
    (a.id ?? '') < (b.id ?? '') ? -1 : (a.id ?? '') > (b.id ?? '') ? 1 : 0,
  );
}
