/**
 * Source translation, by outgoing interface and source. First `one-to-one`, which beats the others. Then hairpin: a guest that reaches a neighbour by its published
 * address gets the gateway's address on that network, or the answer would go past the gateway. Then `masquerade`, to a fixed
 * address, which a failover keeps; matched by source too, so that the gateway's own traffic stays as it is.
 */
import type { Family } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import type { NamedSet, Rule, SetElement, Statement } from '../../core/nft/ast.ts';
import { COUNTER, familyWord, meta, prefixValue, rule, source, together, TRANSLATED } from '../../core/nft/write.ts';
import type { Model } from '../../flow/model.ts';
import type { GatewayView } from '../nft-gateway.ts';
import { addressIn, FAMILIES, inFamily, prefixesOf } from '../nft-gateway.ts';
import { addressType, isTranslated, openedBy, publishesOf } from '../nft-publish.ts';
import type { Translations } from './destination.ts';

export function sourceMaps(model: Model, view: GatewayView): Translations {
  const maps = [
    ...FAMILIES.map((family) => mapOf(family, 'one-to-one-source', insides(view, family), [])),
    ...FAMILIES.map((family) => mapOf(family, 'hairpin', hairpins(view, family), [TRANSLATED])),
    ...FAMILIES.map((family) => mapOf(family, 'masquerade', masquerades(model, view, family), [])),
  ].filter((map) => map.set.elements.length > 0);
  return { rules: maps.map((map) => map.rule), sets: Object.fromEntries(maps.map((map) => [map.name, map.set])) };
}

function mapOf(
  family: Family,
  word: string,
  elements: SetElement[],
  condition: readonly Statement[],
): { readonly name: string; readonly set: NamedSet; readonly rule: Rule } {
  const name = `${word}-${String(family)}`;
  const address = addressType(family);
  const lookup = { map: { key: together(meta('oifname'), source(family)), data: `@${name}` } };
  return {
    name,
    set: { key: ['ifname', address], data: [address], interval: true, counter: true, elements },
    rule: rule(word, ...condition, COUNTER, { snat: { family: familyWord(family), addr: lookup } }),
  };
}

/** By the outer NIC alone: to other networks inside the guest goes by its own address. */
function insides(view: GatewayView, family: Family): SetElement[] {
  return view.gateway.oneToOnes.flatMap(({ id, inside, outside, external }) => {
    const port = view.byNetwork.get(external);
    if (port === undefined || familyOf(inside) !== family) return [];
    return [{ key: [port.device, inside], id, value: [outside] }];
  });
}

function hairpins(view: GatewayView, family: Family): SetElement[] {
  const targets = new Set([
    ...publishesOf(openedBy(view.gateway), family)
      .filter(isTranslated)
      .map((each) => each.target.network),
    ...view.gateway.oneToOnes.filter(({ inside }) => familyOf(inside) === family).map((each) => each.network),
  ]);
  return view.ports
    .filter((port) => targets.has(port.network.name))
    .flatMap((port) =>
      inFamily(family, prefixesOf(port.network)).flatMap((subnet) => {
        const address = addressIn(port, subnet);
        return address === undefined ? [] : [{ key: [port.device, prefixValue(subnet)], id: null, value: [address] }];
      }),
    );
}

function masquerades(model: Model, view: GatewayView, family: Family): SetElement[] {
  return view.gateway.masquerades.flatMap((each) => {
    // Behind another gateway it comes in by a NIC on a network between.
    const [from, to, address] = [model.networks.get(each.from), view.byNetwork.get(each.to), each.source[family]];
    if (from === undefined || to === undefined || address === undefined) return [];
    return inFamily(family, prefixesOf(from)).map((subnet) => ({
      key: [to.device, prefixValue(subnet)],
      id: each.id,
      value: [address],
    }));
  });
}
