/**
 * `one-to-one`, then `publish` in front: by address, protocol and port, in maps, so that the ten thousandth mapping costs what the first does.
 * Four maps a family, since a translation to address and port and one to an address alone are different to nft, and since a
 * plain map is quicker to fill than one with ranges. A source that is not admitted is not translated.
 */
import type { Family } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import type { DataType, NamedSet, Rule, SetElement } from '../../core/nft/ast.ts';
import {
  ANY_PORT,
  COUNTER,
  destination,
  familyWord,
  match,
  oneOf,
  PROTOCOL,
  rule,
  source,
  together,
} from '../../core/nft/write.ts';
import type { Publish } from '../../flow/model.ts';
import type { GatewayView } from '../nft-gateway.ts';
import { FAMILIES } from '../nft-gateway.ts';
import { addressType, admittedSources, isRange, isTranslated, portValue, publishesOf } from '../nft-publish.ts';

export interface Translations {
  readonly rules: readonly Rule[];
  readonly sets: Record<string, NamedSet>;
}

export function destinationMaps(view: GatewayView): Translations {
  const maps = FAMILIES.flatMap((family) => {
    const publishes = publishesOf(view.gateway.publishes, family).filter(isTranslated);
    return [false, true].flatMap((limited) =>
      [false, true].map((ranges) =>
        mapOf(
          family,
          limited,
          ranges,
          publishes.filter((each) => (each.from !== null) === limited && isRange(each) === ranges),
        ),
      ),
    );
  }).filter((map) => map.set.elements.length > 0);
  const all = [...FAMILIES.flatMap((family) => outsides(view, family)), ...maps];
  return { rules: all.map((map) => map.rule), sets: Object.fromEntries(all.map((map) => [map.name, map.set])) };
}

/** A whole address outside stands for one inside, whatever the protocol; nothing is published on it. */
function outsides(view: GatewayView, family: Family): readonly NamedRule[] {
  const type = addressType(family);
  const elements = view.gateway.oneToOnes
    .filter(({ outside }) => familyOf(outside) === family)
    .map(({ id, outside, inside }) => ({ key: [outside], id, value: [inside] }));
  const name = `one-to-one-${String(family)}`;
  const lookup = { map: { key: destination(family), data: `@${name}` } };
  const named: NamedRule = {
    name,
    set: { key: [type], data: [type], interval: false, counter: true, elements },
    rule: rule('one-to-one', COUNTER, { dnat: { family: familyWord(family), addr: lookup } }),
  };
  return elements.length === 0 ? [] : [named];
}

interface NamedRule {
  readonly name: string;
  readonly set: NamedSet;
  readonly rule: Rule;
}

function mapOf(family: Family, limited: boolean, ranges: boolean, publishes: readonly Publish[]): NamedRule {
  const address = addressType(family);
  const name = ['publish', ...(limited ? ['from'] : []), ...(ranges ? ['ranges'] : []), String(family)].join('-');
  const key: DataType[] = [...(limited ? [address] : []), address, 'inet_proto', 'inet_service'];
  const selector = together(...(limited ? [source(family)] : []), destination(family), PROTOCOL, ANY_PORT);
  return {
    name,
    set: {
      key,
      data: ranges ? [address] : [address, 'inet_service'],
      interval: limited || ranges,
      counter: false,
      elements: publishes.flatMap((each) => elementsOf(each, family, limited, ranges)),
    },
    // A port may stand in a concatenation only where the protocol is known to have one.
    rule: rule('publish', match(PROTOCOL, oneOf(['tcp', 'udp'])), COUNTER, {
      dnat: { family: familyWord(family), addr: { map: { key: selector, data: `@${name}` } } },
    }),
  };
}

function elementsOf(publish: Publish, family: Family, limited: boolean, ranges: boolean): readonly SetElement[] {
  const { id, listen, protocol, ports, target } = publish;
  const value = ranges ? [target.address] : [target.address, target.port ?? ports.first];
  const front = [listen, protocol, portValue(ports)];
  return (limited ? admittedSources(publish, family) : [null]).map((from) => ({
    key: from === null ? front : [from, ...front],
    id,
    value,
  }));
}
