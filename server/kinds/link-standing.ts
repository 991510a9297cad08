import type { BridgePort } from '../flow/world.ts';

/** A port as we make it: nothing of ours has hairpin, or runs spanning tree. */
export function bridgePort(master: string, isolated = false): BridgePort {
  return { master, isolated, hairpin: false, forwarding: true };
}
