import { shortTag } from './hash.ts';

/** 15 bytes, and names that the kernel or `ip` take for something else. */
const RESERVED = new Set(['lo', 'all', 'default', 'dev', 'name']);

/** A node's NIC is called like its network, where that is a name an interface can have. */
export function nicName(network: string): string {
  return network.length <= 15 && !RESERVED.has(network) ? network : `${network.slice(0, 9)}-${shortTag(5, network)}`;
}
