import { mustParseAddress, mustParsePrefix } from '../core/address.ts';
import type { Address, Family, ParsedPrefix, Prefix } from '../core/address.ts';

/** A subnet of the topology, with the network that it is on. */
export interface IndexedSubnet extends ParsedPrefix {
  readonly network: string;
  readonly realm: string;
}

/** The subnets of one realm: disjoint, sorted by number. */
type Sorted = Readonly<Record<Family, readonly IndexedSubnet[]>>;

/** Subnets by realm: which one holds an address is found by bisection, however many there are. */
export interface SubnetIndex {
  readonly byRealm: ReadonlyMap<string, Sorted>;
  readonly byNetwork: ReadonlyMap<string, readonly IndexedSubnet[]>;
}

export function indexSubnets(subnets: readonly IndexedSubnet[]): SubnetIndex {
  const byRealm = new Map<string, Sorted>();
  for (const [realm, own] of grouped(subnets, (subnet) => subnet.realm)) {
    const ofFamily = (family: Family): readonly IndexedSubnet[] =>
      own.filter((each) => each.family === family).sort((a, b) => (a.first < b.first ? -1 : 1));
    byRealm.set(realm, { 4: ofFamily(4), 6: ofFamily(6) });
  }
  return { byRealm, byNetwork: grouped(subnets, (subnet) => subnet.network) };
}

/** One subnet, and no other: the same prefix may lie in several realms. */
export function subnetKey({ network, text }: Pick<IndexedSubnet, 'network' | 'text'>): string {
  return `${network} ${text}`;
}

/** The subnet of the realm that holds the address, on whatever network. */
export function subnetOf(index: SubnetIndex, realm: string, address: Address): IndexedSubnet | undefined {
  const { family, value } = mustParseAddress(address);
  const sorted = index.byRealm.get(realm)?.[family] ?? [];
  const subnet = sorted[lastStartingAt(sorted, value)];
  return subnet !== undefined && value <= subnet.last ? subnet : undefined;
}

/** The subnet of that one network which holds the address. */
export function subnetOn(index: SubnetIndex, network: string, address: Address): IndexedSubnet | undefined {
  const { family, value } = mustParseAddress(address);
  return index.byNetwork
    .get(network)
    ?.find((each) => each.family === family && value >= each.first && value <= each.last);
}

/** Every subnet of the realm that shares an address with the prefix. */
export function subnetsWithin(index: SubnetIndex, realm: string, prefix: Prefix): readonly IndexedSubnet[] {
  const { family, first, last } = mustParsePrefix(prefix);
  const sorted = index.byRealm.get(realm)?.[family] ?? [];
  const found: IndexedSubnet[] = [];
  for (let at = Math.max(0, lastStartingAt(sorted, first)); at < sorted.length; at += 1) {
    const subnet = sorted[at];
    if (subnet === undefined || subnet.first > last) break;
    if (subnet.last >= first) found.push(subnet);
  }
  return found;
}

/** The realms in which some subnet shares an address with the prefix, in order of name. */
export function realmsMet(index: SubnetIndex, prefix: Prefix): readonly string[] {
  return [...index.byRealm.keys()].filter((realm) => subnetsWithin(index, realm, prefix).length > 0).sort();
}

/** All subnets of these realms. */
export function subnetsIn(index: SubnetIndex, realms: Iterable<string>): readonly IndexedSubnet[] {
  return [...realms].flatMap((realm) => {
    const sorted = index.byRealm.get(realm);
    return sorted === undefined ? [] : [...sorted[4], ...sorted[6]];
  });
}

function grouped(
  subnets: readonly IndexedSubnet[],
  keyOf: (subnet: IndexedSubnet) => string,
): ReadonlyMap<string, readonly IndexedSubnet[]> {
  const groups = new Map<string, IndexedSubnet[]>();
  for (const subnet of subnets) {
    const list = groups.get(keyOf(subnet));
    if (list === undefined) groups.set(keyOf(subnet), [subnet]);
    else list.push(subnet);
  }
  return groups;
}

/** Position of the last subnet that starts at or before the number; -1 where none does. */
function lastStartingAt(sorted: readonly IndexedSubnet[], value: bigint): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.first ?? 0n) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
