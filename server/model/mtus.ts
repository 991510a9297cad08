/**
 * In: the resolved networks, how each travels, and the tunnels' families. Out: bytes of IP packet that every member of a network
 * can carry: what is written, else 1500, and in VXLAN what the underlay leaves.
 */
import type { Transport } from '../flow/model.ts';
import type { NetworkEntry, Topology } from '../flow/topology.ts';
import type { Overlay } from './passes/tunnels-have-ends.ts';
import type { Notes } from './report.ts';
import { related } from './report.ts';

/** Ethernet's, on every network that does not say otherwise. */
export const DEFAULT_MTU = 1500;

/** Outer IP header, UDP 8, VXLAN 8 and the inner Ethernet header 14 (RFC 7348): what VXLAN takes from the underlay's MTU. */
const VXLAN_OVERHEAD = { 4: 50, 6: 70 } as const;

/** RFC 8200, 5: a link that carries less carries no IPv6, and the kernel has none on it. */
const LEAST_IPV6 = 1280;

export function settleMtus(
  topology: Topology,
  transports: ReadonlyMap<string, Transport>,
  overlays: ReadonlyMap<string, Overlay>,
  notes: Notes,
): ReadonlyMap<string, number> {
  const written = (name: string): number | undefined => topology.networks.get(name)?.mtu?.value;
  return new Map(
    [...transports.keys()].map((name) => {
      const network = topology.networks.get(name);
      const overlay = overlays.get(name);
      if (network === undefined || overlay === undefined) return [name, written(name) ?? DEFAULT_MTU];
      const left = (written(overlay.underlay) ?? DEFAULT_MTU) - VXLAN_OVERHEAD[overlay.family];
      checkFits(network, overlay, left, topology, notes);
      return [name, Math.min(network.mtu?.value ?? left, left)];
    }),
  );
}

function checkFits(network: NetworkEntry, overlay: Overlay, left: number, topology: Topology, notes: Notes): void {
  const { name, mtu, place, subnets } = network;
  const { underlay, family } = overlay;
  const below = topology.networks.get(underlay);
  const overhead = VXLAN_OVERHEAD[family];
  const sum = `${String(left + overhead)} of underlay ${underlay} less ${String(overhead)} for VXLAN over IPv${String(family)}`;
  const more =
    below === undefined ? {} : { related: [related(below.mtu?.place ?? below.place, `${underlay} is here`)] };
  if (mtu !== null && mtu.value > left) {
    notes.report(
      'mtu-too-large',
      mtu.place,
      `Packets of ${String(mtu.value)} bytes do not fit: ${name} has ${String(left)}, the ${sum}.`,
      {
        hint: `write \`mtu: ${String(left)}\` or leave it out, or give ${underlay} \`mtu: ${String(mtu.value + overhead)}\``,
        ...more,
      },
    );
  }
  if (left < LEAST_IPV6 && subnets.some(({ value }) => value.includes(':'))) {
    notes.report(
      'mtu-too-small',
      place,
      `Network ${name} has an IPv6 subnet and room for ${String(left)} bytes, the ${sum}; IPv6 needs ${String(LEAST_IPV6)}.`,
      {
        hint: `give ${underlay} \`mtu: ${String(LEAST_IPV6 + overhead)}\` or more`,
        ...more,
      },
    );
  }
}
