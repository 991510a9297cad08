/** Ends of a policy line as matches: addresses on a network, or what lies beyond an external one. */
import type { Family, Prefix } from '../../core/address.ts';
import { prefixesOverlap } from '../../core/address.ts';
import type { Field, NamedSet, Statement } from '../../core/nft/ast.ts';
import { match, oneOf, prefixValue } from '../../core/nft/write.ts';
import type { Zone } from '../../flow/model.ts';
import type { GatewayView } from '../nft-gateway.ts';
import { FAMILIES, inFamily, prefixesOf } from '../nft-gateway.ts';
import { addressType } from '../nft-publish.ts';
import { leadsOut } from './ways.ts';

/** Everything that is not `internet`. */
export function topologySet(family: Family): string {
  return `topology-${String(family)}`;
}

export function topologySets(view: GatewayView): Record<string, NamedSet> {
  const sets = FAMILIES.map((family): [string, NamedSet] => [
    topologySet(family),
    {
      key: [addressType(family)],
      data: null,
      interval: true,
      counter: false,
      elements: inFamily(family, view.subnets).map((prefix) => ({ key: [prefixValue(prefix)], id: null, value: null })),
    },
  ]);
  return Object.fromEntries(sets);
}

/** `undefined` where the zone has no address of the family. */
export function zoneMatch(
  view: GatewayView,
  zone: Zone,
  family: Family,
  field: Field,
): readonly Statement[] | undefined {
  const outside = match(field, `@${topologySet(family)}`, '!=');
  if (zone.prefixes === null) {
    const network = view.byNetwork.get(zone.network)?.network;
    const near = network !== undefined && inFamily(family, prefixesOf(network)).length > 0;
    return near || view.ports.some((port) => leadsOut(view, port.network.name, family)) ? [outside] : undefined;
  }
  const prefixes = inFamily(family, zone.prefixes);
  if (prefixes.length === 0) return undefined;
  const inside = isEverything(prefixes) ? [] : [match(field, oneOf(prefixes.map(prefixValue)))];
  return zone.internet && overlapsAny(prefixes, view.subnets) ? [...inside, outside] : inside;
}

/** nft leaves a match on /0 out, and with it the family. */
function isEverything(prefixes: readonly Prefix[]): boolean {
  return prefixes.some((prefix) => prefix.endsWith('/0'));
}

function overlapsAny(prefixes: readonly Prefix[], subnets: readonly Prefix[]): boolean {
  return prefixes.some((prefix) => subnets.some((subnet) => prefixesOverlap(prefix, subnet)));
}
