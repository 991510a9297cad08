import type { Transport } from '../flow/model.ts';
import type { Overlay } from './passes/tunnels-have-ends.ts';

/** Ethernet's, on every network that does not say otherwise. */
export const DEFAULT_MTU = 1500;

/** Outer IP header, UDP 8, VXLAN 8 and the inner Ethernet header 14 (RFC 7348): what VXLAN takes from the underlay's MTU. */
const VXLAN_OVERHEAD = { 4: 50, 6: 70 } as const;

/** Bytes of IP packet that every member of a network can carry. */
export function settleMtus(
  transports: ReadonlyMap<string, Transport>,
  overlays: ReadonlyMap<string, Overlay>,
): ReadonlyMap<string, number> {
  return new Map(
    [...transports.keys()].map((network) => {
      const overlay = overlays.get(network);
      return [network, overlay === undefined ? DEFAULT_MTU : DEFAULT_MTU - VXLAN_OVERHEAD[overlay.family]];
    }),
  );
}
