/**
 * In: the resolved networks, each with the keys that its transport needs (the reader sees to that). Out: how each one travels
 * between bridges: untagged, in a VLAN, or in VXLAN over another one. VXLAN whose underlay is wrong has none afterwards, so
 * that the rest of the network can still be checked.
 */
import type { Transport } from '../../flow/model.ts';
import type { Located, NetworkEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';

/** Stands for an underlay that was refused. */
export const NO_UNDERLAY = '';

const UNTAGGED: Transport = { type: 'untagged' };

export function settleTransports(topology: Topology, notes: Notes): ReadonlyMap<string, Transport> {
  const transports = new Map<string, Transport>();
  const vniOwners = new Map<number, { readonly network: string; readonly at: Located<number> }>();
  for (const network of [...topology.networks.values()].sort((a, b) => byPlace(a.place, b.place))) {
    transports.set(network.name, transportOf(network, topology, notes));
    if (network.vni === null) continue;
    const owner = vniOwners.get(network.vni.value);
    if (owner === undefined) vniOwners.set(network.vni.value, { network: network.name, at: network.vni });
    else reportVni(network.vni, owner.network, owner.at, notes);
  }
  return transports;
}

function transportOf(network: NetworkEntry, topology: Topology, notes: Notes): Transport {
  if (network.vni === null) {
    return network.vlan === null ? UNTAGGED : { type: 'vlan', id: network.vlan.value };
  }
  const vni = network.vni.value;
  const carrier = network.underlay === null ? undefined : topology.networks.get(network.underlay.value);
  if (network.underlay === null || carrier === undefined) return { type: 'vxlan', vni, underlay: NO_UNDERLAY };
  if (carrier.vni === null) return { type: 'vxlan', vni, underlay: carrier.name };
  notes.doubtful.add(network.name);
  const what = carrier.name === network.name ? 'itself' : `${carrier.name}, which is carried in VXLAN too`;
  notes.report(
    'underlay-is-vxlan',
    network.underlay.place,
    `Network ${network.name} would be carried on ${what}; each layer takes 50 bytes, and a circle would carry nothing.`,
    { hint: 'name an untagged or VLAN network' },
  );
  return { type: 'vxlan', vni, underlay: NO_UNDERLAY };
}

function reportVni(vni: Located<number>, owner: string, first: Located<number>, notes: Notes): void {
  notes.report(
    'vni-twice',
    vni.place,
    `VNI ${String(vni.value)} is that of network ${owner}; with one number the two would be one network, and the kernel refuses the second device.`,
    { hint: 'give one of them another number', related: [related(first.place, `first used here, by ${owner}`)] },
  );
}
