import { formatAddress, mustParseAddress } from '../core/address.ts';
import type { Address, ParsedPrefix } from '../core/address.ts';

/** The addresses of a subnet that one may be chosen from: `size` of them from `first` on. */
export interface AddressPool {
  readonly first: bigint;
  readonly size: number;
}

/**
 * No more than 24 bits: MAC addresses are made from the low 24 bits of an address, so that different ones have different MACs;
 * and `2001:db8:1::3f:92a1` is easier to read than 64 hashed bits.
 */
const MOST = 2 ** 24;

/**
 * Not the network's and broadcast address of IPv4, not the subnet-router anycast address of IPv6 (RFC 4291), and in all but the
 * smallest subnets not the first one of the others either: by custom that is the router's, also where none is written yet.
 */
export function poolOf({ family, length, first }: Pick<ParsedPrefix, 'family' | 'length' | 'first'>): AddressPool {
  const bits = (family === 4 ? 32 : 128) - length;
  const all = bits >= 24 ? MOST : 2 ** bits;
  // RFC 3021 and RFC 6164: with one bit left, both addresses are hosts'.
  if (bits <= 1) return { first, size: all };
  const before = bits === 2 ? 1 : 2;
  const after = family === 4 ? 1 : 0;
  return { first: first + BigInt(before), size: all - before - after };
}

/** Position of an address in the pool; `undefined` where it is not in it. */
export function positionIn(pool: AddressPool, address: Address): number | undefined {
  const position = mustParseAddress(address).value - pool.first;
  return position >= 0n && position < BigInt(pool.size) ? Number(position) : undefined;
}

export function addressAt(pool: AddressPool, family: 4 | 6, position: number): Address {
  return formatAddress(family, pool.first + BigInt(position));
}

/** The longest prefix length whose pool has room for so many addresses. */
export function lengthFor(family: 4 | 6, count: number): number | undefined {
  for (let length = family === 4 ? 30 : 126; length >= 8; length -= 1) {
    if (poolOf({ family, length, first: 0n }).size >= count) return length;
  }
  return undefined;
}
