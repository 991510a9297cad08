/**
 * Two realms may have the same addresses, so a packet passes from one to the other only where a translation covers it: with a
 * source that masquerade or one-to-one changes on the way out, or with a destination that one-to-one has changed. (What
 * `publish` opens is looked up by itself.) A family or source without a translation stays in its realm, whatever policy says.
 */
import type { Family } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import type { Statement } from '../../core/nft/ast.ts';
import { destination, match, oneOf, prefixValue, source, TRANSLATED } from '../../core/nft/write.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
import { inFamily, prefixesOf } from '../nft-gateway.ts';

/** The matches of which one must be met beside the policy's own; a single empty one where nothing stands between. */
export function crossings(
  view: GatewayView,
  from: GatewayPort,
  to: GatewayPort,
  family: Family,
): readonly (readonly Statement[])[] {
  if (from.network.realm === to.network.realm) return [[]];
  const { masquerades, oneToOnes } = view.gateway;
  const masked = masquerades.some(
    (each) => each.from === from.network.name && each.to === to.network.name && each.source[family] !== undefined,
  );
  const ofFamily = oneToOnes.filter((each) => familyOf(each.inside) === family);
  const leaving = ofFamily.filter((each) => each.network === from.network.name && each.external === to.network.name);
  const entering = ofFamily.filter((each) => each.network === to.network.name && each.external === from.network.name);
  // An address inside lies in a subnet of its network: masquerade covers it as well.
  const sources = masked
    ? inFamily(family, prefixesOf(from.network)).map(prefixValue)
    : leaving.map((each) => each.inside);
  return [
    ...(sources.length === 0 ? [] : [[match(source(family), oneOf(sources))]]),
    ...(entering.length === 0
      ? []
      : [[TRANSLATED, match(destination(family), oneOf(entering.map((each) => each.inside)))]]),
  ];
}

/**
 * Neighbours reach each other without the gateway, except by the outside address of a one-to-one: what it has translated is
 * judged like any flow between its real ends.
 */
export function hairpins(
  view: GatewayView,
  _from: GatewayPort,
  to: GatewayPort,
  family: Family,
): readonly (readonly Statement[])[] {
  const insides = view.gateway.oneToOnes
    .filter(({ inside, network }) => network === to.network.name && familyOf(inside) === family)
    .map(({ inside }) => inside);
  return insides.length === 0 ? [] : [[TRANSLATED, match(destination(family), oneOf(insides))]];
}
