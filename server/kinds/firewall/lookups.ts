/** The sets in which a packet of a published port is looked up, each with the match that does so. */
import type { Family } from '../../core/address.ts';
import type { Field, Interval, NamedSet, SetElement, Statement } from '../../core/nft/ast.ts';
import {
  ANY_PORT,
  destination,
  match,
  originalDestination,
  PROTOCOL,
  source,
  together,
  TRANSLATED,
} from '../../core/nft/write.ts';
import type { Publish } from '../../flow/model.ts';
import { addressType, admittedSources, targetPorts } from '../nft-publish.ts';

export interface Lookup {
  readonly name: string;
  readonly set: NamedSet;
  readonly found: readonly Statement[];
}

/** Sent to a published address, and now on the way to the guest behind it. */
export function translatedLookup(
  word: string,
  family: Family,
  interval: boolean,
  publishes: readonly Publish[],
): Lookup {
  const elements = once(publishes.map((each) => elementOf(each, [each.listen, ...targetKey(each)])));
  const lookup = lookupOf(word, family, interval, [originalDestination(family)], elements);
  return { ...lookup, found: [TRANSLATED, ...lookup.found] };
}

/** Several public ports may lead to one port of a guest: that is one element, under the least of their ids. */
function once(elements: readonly SetElement[]): SetElement[] {
  const byKey = new Map<string, SetElement>();
  for (const element of elements) {
    const key = JSON.stringify(element.key);
    const other = byKey.get(key);
    if (other === undefined || (element.id ?? '') < (other.id ?? '')) byKey.set(key, element);
  }
  return [...byKey.values()];
}

export function directLookup(word: string, family: Family, interval: boolean, publishes: readonly Publish[]): Lookup {
  return lookupOf(
    word,
    family,
    interval,
    [],
    publishes.map((each) => elementOf(each, targetKey(each))),
  );
}

/** From some sources only. */
export function limitedLookup(word: string, family: Family, publishes: readonly Publish[]): Lookup {
  const elements = publishes.flatMap((each) =>
    admittedSources(each, family).map((from) => elementOf(each, [from, ...targetKey(each)])),
  );
  return lookupOf(word, family, true, [source(family)], elements);
}

function targetKey(publish: Publish): readonly Interval[] {
  return [publish.target.address, publish.protocol, targetPorts(publish)];
}

function elementOf(publish: Publish, key: readonly Interval[]): SetElement {
  return { key: [...key], id: publish.id, value: null };
}

/** By destination, protocol and port, behind some other address. */
function lookupOf(
  word: string,
  family: Family,
  interval: boolean,
  before: readonly Field[],
  elements: SetElement[],
): Lookup {
  const name = `${word}-${String(family)}`;
  const type = addressType(family);
  return {
    name,
    set: {
      key: [...before.map(() => type), type, 'inet_proto', 'inet_service'],
      data: null,
      interval,
      counter: true,
      elements,
    },
    found: [match(together(...before, destination(family), PROTOCOL, ANY_PORT), `@${name}`)],
  };
}
