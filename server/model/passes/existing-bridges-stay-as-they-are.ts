/**
 * In: which bridge carries what, and the hosts' NICs. Out: nothing; says where something is asked of an interface that is not
 * ours to change: a bridge that somebody else made, or a port that is only borrowed.
 */
import type { HostEntry, HostNicEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { related } from '../report.ts';
import type { HostWiring, WiredBridge, Wiring } from './networks-have-one-bridge.ts';

export function checkExisting(topology: Topology, wiring: Wiring, notes: Notes): void {
  for (const host of topology.hosts.values()) {
    const wired = wiring.get(host.name);
    for (const bridge of wired?.bridges ?? []) {
      if (bridge.entry.existing?.value === true) checkUntagged(host, bridge, topology, notes);
    }
    for (const nic of host.nics.values()) checkMac(host, nic, wired, notes);
  }
}

/** Inside a bridge of ours such a network gets a VLAN that nothing else has; which are free in another's, nobody knows. */
function checkUntagged(host: HostEntry, bridge: WiredBridge, topology: Topology, notes: Notes): void {
  if (!bridge.vlanAware) return;
  for (const { network, tagged } of bridge.carries) {
    const entry = topology.networks.get(network);
    if (tagged || entry === undefined) continue;
    notes.report(
      'existing-untagged',
      entry.place,
      `Network ${network} has no VLAN, and bridge ${bridge.entry.name} of host ${host.name}, which carries others beside it, was made by somebody else: what untagged frames belong to there is not ours to say.`,
      {
        hint: `give ${network} the \`vlan\` that its owner has for it, or a bridge of its own`,
        related: [related(bridge.entry.place, 'the bridge is here')],
      },
    );
  }
}

function checkMac(host: HostEntry, nic: HostNicEntry, wired: HostWiring | undefined, notes: Notes): void {
  const { name: network, mac, port } = nic;
  if (mac === null) return;
  if (port !== null && !host.bonds.has(port.value)) {
    notes.report(
      'nic-mac',
      mac.place,
      `Port ${port.value} of host ${host.name} is borrowed, and keeps the MAC it has.`,
      { hint: `leave \`mac\` out, or put ${port.value} into a bridge` },
    );
  }
  const carrier = wired?.carrier.get(network);
  if (carrier?.bridge.entry.existing?.value === true && carrier.carried.vid === null) {
    notes.report(
      'nic-mac',
      mac.place,
      `The NIC on network ${network} is bridge ${carrier.bridge.entry.name} of host ${host.name} itself, which somebody else made; it keeps its MAC.`,
      { hint: 'leave `mac` out' },
    );
  }
}
