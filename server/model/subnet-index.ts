import { mustParseAddress, mustParsePrefix } from '../core/address.ts';
import type { Address, Family, ParsedPrefix, Prefix } from '../core/address.ts';

/** A subnet of the topology, with the network that it is on. */
export interface IndexedSubnet extends ParsedPrefix {
  readonly network: string;
}

/** Disjoint subnets, sorted by number: which one holds an address is found by bisection, however many there are. */
export interface SubnetIndex {
  readonly 4: readonly IndexedSubnet[];
  readonly 6: readonly IndexedSubnet[];
  readonly byNetwork: ReadonlyMap<string, readonly IndexedSubnet[]>;
}

export function indexSubnets(subnets: readonly IndexedSubnet[]): SubnetIndex {
  const byNetwork = new Map<string, IndexedSubnet[]>();
  for (const subnet of subnets) {
    const list = byNetwork.get(subnet.network);
    if (list === undefined) byNetwork.set(subnet.network, [subnet]);
    else list.push(subnet);
  }
  const ofFamily = (family: Family): readonly IndexedSubnet[] =>
    subnets.filter((each) => each.family === family).sort((a, b) => (a.first < b.first ? -1 : 1));
  return { 4: ofFamily(4), 6: ofFamily(6), byNetwork };
}

/** The subnet that holds the address, on whatever network. */
export function subnetOf(index: SubnetIndex, address: Address): IndexedSubnet | undefined {
  const { family, value } = mustParseAddress(address);
  const subnet = index[family][lastStartingAt(index[family], value)];
  return subnet !== undefined && value <= subnet.last ? subnet : undefined;
}

/** The subnet of that one network which holds the address. */
export function subnetOn(index: SubnetIndex, network: string, address: Address): IndexedSubnet | undefined {
  const { family, value } = mustParseAddress(address);
  return index.byNetwork
    .get(network)
    ?.find((each) => each.family === family && value >= each.first && value <= each.last);
}

/** Every subnet that shares an address with the prefix. */
export function subnetsWithin(index: SubnetIndex, prefix: Prefix): readonly IndexedSubnet[] {
  const { family, first, last } = mustParsePrefix(prefix);
  const sorted = index[family];
  const found: IndexedSubnet[] = [];
  for (let at = Math.max(0, lastStartingAt(sorted, first)); at < sorted.length; at += 1) {
    const subnet = sorted[at];
    if (subnet === undefined || subnet.first > last) break;
    if (subnet.last >= first) found.push(subnet);
  }
  return found;
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
