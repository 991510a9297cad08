/**
 * In: the model and who has which address. Out: the node `internet`: what it owns on each external network (the routers that
 * nobody else has) and beyond it. An address beyond stands for all that the file does not tell apart: one that is in no prefix
 * of the file, and one in each prefix outside that a line names.
 */
import type { Address, Family, Prefix } from '../../core/address.ts';
import { addressPart, familyOf, formatAddress, mustParsePrefix, prefixContains } from '../../core/address.ts';
import type { Model, Zone } from '../../flow/model.ts';
import type { InternetNic } from '../../flow/probe.ts';
import { subtractPrefixes } from '../prefixes.ts';
import { realmsMet, subnetsWithin } from '../subnet-index.ts';
import type { AddressBook } from './address-book.ts';

/** Reserved for documentation, benchmarks and shared space (RFC 5737, 2544, 6598; 3849, 9637): nobody's own addresses. */
const CANDIDATES: Readonly<Record<Family, readonly Address[]>> = {
  4: ['203.0.113.10', '198.51.100.10', '192.0.2.10', '198.18.0.10', '100.127.255.10'],
  6: ['2001:db8:ffff::10', '3fff:fff:ffff::10', '2001:db8:fffe::10', '2001:2::10'],
};

export interface Outside {
  readonly nics: readonly InternetNic[];
  /** The address that stands for all of internet, by family; absent where no external network has that family. */
  readonly general: { readonly 4?: Address; readonly 6?: Address };
  /** The address that stands for a prefix outside; `undefined` where it has no address outside the subnets. */
  readonly within: (prefix: Prefix) => Address | undefined;
}

export function settleOutside(model: Model, book: AddressBook): Outside {
  const external = [...model.networks.values()].filter((network) => network.external);
  const families = new Set(external.flatMap((network) => network.subnets.map((subnet) => familyOf(subnet.prefix))));
  const named = namedPrefixSets(model, book);
  const general: { 4?: Address; 6?: Address } = {};
  for (const family of families) {
    const address = chooseGeneral(family, book, named);
    if (address !== undefined) general[family] = address;
  }

  const exact = new Set(named.flat());
  const chosen = new Map<Prefix, Address | undefined>();
  const within = (prefix: Prefix): Address | undefined => {
    if (!chosen.has(prefix)) chosen.set(prefix, addressOutside(prefix, book, exact));
    return chosen.get(prefix);
  };

  const beyond = new Set<Address>(Object.values(general));
  for (const set of named) {
    // A set that holds the general address is spoken for by it.
    if (set.some((prefix) => [...beyond].some((address) => prefixContains(prefix, address)))) continue;
    for (const prefix of set) {
      const address = families.has(familyOf(prefix)) ? within(prefix) : undefined;
      if (address !== undefined) beyond.add(address);
    }
  }
  for (const prefix of endpointPrefixes(model, book)) {
    const address = families.has(familyOf(prefix)) ? within(prefix) : undefined;
    if (address !== undefined) beyond.add(address);
  }

  const sorted = [...beyond].sort((a, b) => familyOf(a) - familyOf(b) || (a < b ? -1 : 1));
  const nics = external.map((network): InternetNic => {
    const own = new Set(network.subnets.map((subnet) => familyOf(subnet.prefix)));
    const routers = network.subnets.flatMap(({ prefix, router }) =>
      router === null || book.ownerOf(network.realm, router) !== undefined
        ? []
        : [`${router}/${String(mustParsePrefix(prefix).length)}`],
    );
    return { network: network.name, routers, beyond: sorted.filter((address) => own.has(familyOf(address))) };
  });
  return { nics, general, within };
}

/** Prefixes outside that lines name, each line's side as one set. */
function namedPrefixSets(model: Model, book: AddressBook): readonly (readonly Prefix[])[] {
  const outside = (zones: readonly Zone[]): Prefix[][] =>
    zones.flatMap((zone) => (zone.internet && zone.prefixes !== null ? [[...zone.prefixes]] : []));
  return [
    ...model.policy.flatMap((entry) => [...outside(entry.from), ...outside(entry.to)]),
    ...[...model.gateways.values()].flatMap((gateway) =>
      gateway.publishes.flatMap((publish) => (publish.from === null ? [] : [publish.from])),
    ),
    ...endpointPrefixes(model, book).map((prefix) => [prefix]),
  ];
}

/** An address that is routed to a gateway is not outside. */
function endpointPrefixes(model: Model, book: AddressBook): readonly Prefix[] {
  const ends = model.expectations.flatMap((each) => [...each.from, ...each.to]);
  const prefixes = new Set(ends.flatMap((end) => (end.type === 'prefix' ? [end.prefix] : [])));
  return [...prefixes].filter((prefix) => !isOwned(prefix, book)).sort();
}

function isOwned(prefix: Prefix, book: AddressBook): boolean {
  const address = addressPart(prefix);
  return hostPrefixOf(address) === prefix && book.ownerOf(null, address) !== undefined;
}

function chooseGeneral(family: Family, book: AddressBook, named: readonly (readonly Prefix[])[]): Address | undefined {
  const taken = (address: Address): boolean =>
    realmsMet(book.subnets, hostPrefixOf(address)).length > 0 || book.ownerOf(null, address) !== undefined;
  const free = CANDIDATES[family].filter((address) => !taken(address));
  // A set that holds them all (everything outside, written as prefixes) does not tell them apart.
  const telling = named.filter((set) => !free.every((address) => holds(set, address)));
  return (
    free.find((address) => !telling.some((set) => holds(set, address))) ??
    free[0] ??
    addressOutside(family === 4 ? '0.0.0.0/0' : '2000::/3', book, new Set())
  );
}

/** An address of the prefix in no subnet, and where possible in no smaller prefix that the file names. */
function addressOutside(prefix: Prefix, book: AddressBook, named: ReadonlySet<Prefix>): Address | undefined {
  // Of every realm: the node `internet` stands for what is outside of them all.
  const subnets = realmsMet(book.subnets, prefix).flatMap((realm) =>
    subnetsWithin(book.subnets, realm, prefix).map((subnet) => subnet.text),
  );
  const { family, first, last } = mustParsePrefix(prefix);
  const smaller = [...named].filter((other) => {
    if (other === prefix || familyOf(other) !== family) return false;
    const parsed = mustParsePrefix(other);
    return parsed.first >= first && parsed.last <= last;
  });
  const left = subtractPrefixes([prefix], [...subnets, ...smaller]);
  const [rest] = left.length > 0 ? left : subtractPrefixes([prefix], subnets);
  if (rest === undefined) return undefined;
  const range = mustParsePrefix(rest);
  // Not the first one: where somebody made it a network of its own, that is the network's address.
  return formatAddress(family, range.first === range.last ? range.first : range.first + 1n);
}

function holds(set: readonly Prefix[], address: Address): boolean {
  return set.some((prefix) => prefixContains(prefix, address));
}

function hostPrefixOf(address: Address): Prefix {
  return `${address}/${familyOf(address) === 4 ? '32' : '128'}`;
}
