/**
 * In: the resolved hosts. Out: nothing; says where a bridge has two ports in a fabric with others. Frames would go out by the
 * one and come back by the other, and without spanning tree (30 seconds to forwarding) a broadcast never ends.
 */
import type { Place } from '../../core/place.ts';
import type { Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';

export function checkLoops(topology: Topology, notes: Notes): void {
  const hostsByFabric = new Map<string, Set<string>>();
  for (const host of topology.hosts.values()) {
    for (const bridge of host.bridges.values()) {
      for (const { fabric } of bridge.ports)
        hostsByFabric.set(fabric, (hostsByFabric.get(fabric) ?? new Set()).add(host.name));
    }
  }
  for (const host of topology.hosts.values()) {
    for (const bridge of host.bridges.values()) {
      const seen = new Map<string, { readonly device: string; readonly place: Place }>();
      for (const port of [...bridge.ports].sort((a, b) => byPlace(a.place, b.place))) {
        const other = seen.get(port.fabric);
        if (other === undefined) seen.set(port.fabric, port);
        else if (other.device !== port.device && (hostsByFabric.get(port.fabric)?.size ?? 0) > 1) {
          notes.report(
            'bridge-loop',
            port.place,
            `Ports ${other.device} and ${port.device} of bridge ${bridge.name} are both in fabric ${port.fabric}, which other hosts are in too; frames would circle without end.`,
            {
              hint: `leave one port out, or say where it leads: \`{ ${port.device}: { fabric: NAME } }\``,
              related: [related(other.place, `${other.device} is here`)],
            },
          );
        }
      }
    }
  }
}
