/**
 * In: the topology as resolved, who is on which network, and which bridge carries what. Out: nothing; warns of what is
 * declared and never used, which is most often a name that was changed in one place only.
 */
import type { Transport } from '../../flow/model.ts';
import type { Topology } from '../../flow/topology.ts';
import type { Members } from '../members.ts';
import type { Notes } from '../report.ts';
import { bridgesDoubtful } from '../report.ts';
import type { Wiring } from './networks-have-one-bridge.ts';

export function warnOfUnused(
  topology: Topology,
  transports: ReadonlyMap<string, Transport>,
  wiring: Wiring,
  members: Members,
  notes: Notes,
): void {
  const populated = new Set<string>();
  for (const networks of members.values()) for (const network of networks.keys()) populated.add(network);
  for (const transport of transports.values()) if (transport.type === 'vxlan') populated.add(transport.underlay);
  for (const network of topology.networks.values()) {
    if (populated.has(network.name) || notes.meant.has(network.name) || notes.doubtful.has(network.name)) continue;
    notes.report('unused', network.place, `Nobody has a NIC on network ${network.name}, so no host carries it.`, {
      hint: 'put a guest, a gateway or a host on it, or remove it',
    });
  }
  for (const host of topology.hosts.values()) {
    if (notes.meant.has(host.name) || notes.doubtful.has(host.name)) continue;
    if ((members.get(host.name)?.size ?? 0) === 0) {
      notes.report('unused', host.place, `Host ${host.name} has no guest, no gateway and no NIC of its own.`, {
        hint: `put something \`on: ${host.name}\`, or remove it`,
      });
      continue;
    }
    if (notes.doubtful.has(bridgesDoubtful(host.name))) continue;
    for (const bridge of wiring.get(host.name)?.bridges ?? []) {
      if (bridge.carries.length > 0) continue;
      notes.report(
        'unused',
        bridge.entry.place,
        `Bridge ${bridge.entry.name} of host ${host.name} carries no network that somebody there is on.`,
        {
          hint: 'remove it, or correct its `networks`',
        },
      );
    }
  }
  for (const owner of [...topology.guests.values(), ...topology.gateways.values()]) {
    if (owner.nics.size > 0 || notes.doubtful.has(owner.name)) continue;
    notes.report('unused', owner.place, `${owner.name} has no NIC, so it is on no network.`, {
      hint: 'add `nics: { NETWORK: ADDRESS }`',
    });
  }
}
