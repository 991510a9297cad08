import { excludeCidr, mergeCidr } from 'cidr-tools';
import { mustParsePrefix } from '../core/address.ts';
import type { Family, Prefix } from '../core/address.ts';

/**
 * Sets of addresses as lists of prefixes: disjoint, as few as possible, sorted (IPv4 first, then by number), so that equal sets
 * are equal lists. nftables refuses overlapping elements in an interval set and merges what touches: done here instead.
 */
export function mergePrefixes(prefixes: readonly Prefix[]): readonly Prefix[] {
  if (prefixes.length < 2) return prefixes;
  return sortPrefixes(mergeCidr([...new Set(prefixes)]));
}

/** What is in the one set and not in the other. */
export function subtractPrefixes(from: readonly Prefix[], taken: readonly Prefix[]): readonly Prefix[] {
  if (from.length === 0 || taken.length === 0) return mergePrefixes(from);
  return sortPrefixes(excludeCidr([...from], [...taken]));
}

export function everything(family: Family): Prefix {
  return family === 4 ? '0.0.0.0/0' : '::/0';
}

export function sortPrefixes(prefixes: readonly Prefix[]): readonly Prefix[] {
  return prefixes
    .map((prefix) => mustParsePrefix(prefix))
    .sort((a, b) => a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : a.length - b.length))
    .map((each) => each.text);
}
