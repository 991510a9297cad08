import { mustParseAddress } from '../core/address.ts';
import type { Address } from '../core/address.ts';
import { digest } from '../core/hash.ts';

/**
 * `02:hh:hh:i:i:i`: locally administered, unicast; two bytes that tell topology, realm and network, and the low 24 bits of the
 * address. Whoever has the same address on the same network has the same MAC, so neighbours' caches survive a rebuild.
 */
export function macOfAddress(prefix: MacPrefix, address: Address): string {
  const low = Number(mustParseAddress(address).value & 0xffffffn);
  return formatMac([...prefix, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff]);
}

/**
 * `mac: low24`: `0x02000000 | address & 0x00ffffff`, four bytes, behind the two fixed bytes `02:00`, which make it a locally
 * administered unicast address. 10.1.2.10 has `02:00:02:01:02:0a`, in whatever topology and network.
 */
export function macOfLow24(address: Address): string {
  return macOfAddress(LOW24_PREFIX, address);
}

export type MacPrefix = readonly [number, number, number];

const LOW24_PREFIX: MacPrefix = [0x02, 0x00, 0x02];

/** The first three bytes on one network. */
export function macPrefix(topology: string, realm: string, network: string): MacPrefix {
  const hash = digest(topology, realm, network);
  return [0x02, hash[0] ?? 0, hash[1] ?? 0];
}

/**
 * The MAC of something that has no address: a bridge, a NIC without IP. Always set: a bridge left alone takes the lowest MAC
 * of its ports and changes it when one comes or goes, and neighbours' caches go stale.
 */
export function macOfName(...names: readonly string[]): string {
  const hash = digest(...names);
  return formatMac([0x02, ...hash.subarray(0, 5)]);
}

function formatMac(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
