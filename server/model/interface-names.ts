import { shortTag } from '../core/hash.ts';

/**
 * Names of interfaces: at most 15 bytes (IFNAMSIZ), the readable start of a name from the file and a tag of the whole. A name
 * depends on what the interface is and on nothing else in the file, so it stays when other things come and go.
 */
const TAG_LENGTH = 6;

/** Names that the kernel keeps for itself: `lo` exists in every namespace, the other two are directories of /proc/sys/net. */
const RESERVED = new Set(['lo', 'all', 'default']);

export function isInterfaceName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,14}$/.test(text) && !RESERVED.has(text);
}

/** Free end of a NIC of a guest: `web1-k3v2qa`. */
export function freeEndName(topology: string, owner: string, network: string): string {
  return `${owner.slice(0, 8)}-${tag(topology, owner, network)}`;
}

/** The end of the same pair that is in the bridge: `pweb1-k3v2qa`. */
export function hostEndName(topology: string, owner: string, network: string): string {
  return `p${owner.slice(0, 7)}-${tag(topology, owner, network)}`;
}

/** Inside a gateway a NIC is called as its network, where that is a possible name. */
export function gatewayNicName(topology: string, gateway: string, network: string): string {
  return isInterfaceName(network) ? network : `${network.slice(0, 8)}-${tag(topology, gateway, network)}`;
}

/** VLAN device of a host's own NIC on a VLAN-aware bridge. */
export function hostNicName(topology: string, host: string, network: string): string {
  return `${network.slice(0, 8)}-${tag(topology, host, network)}`;
}

export function vxlanName(topology: string, host: string, network: string): string {
  return `x${network.slice(0, 7)}-${tag(topology, host, network)}`;
}

export function vxlanBridgeName(topology: string, host: string, network: string): string {
  return `b${network.slice(0, 7)}-${tag(topology, host, network)}`;
}

export function namespaceName(topology: string, gateway: string): string {
  return `${topology}-${gateway}`;
}

function tag(...parts: readonly string[]): string {
  return shortTag(TAG_LENGTH, ...parts);
}
