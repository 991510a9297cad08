/**
 * In: the resolved hosts. Out: nothing; says where one physical port is asked to be in two places. The kernel gives a port one
 * master, so the second wish would undo the first.
 */
import type { Place } from '../../core/place.ts';
import type { Transport } from '../../flow/model.ts';
import type { HostEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';

interface PortUse {
  readonly device: string;
  readonly by: string;
  readonly place: Place;
}

export function checkPorts(topology: Topology, transports: ReadonlyMap<string, Transport>, notes: Notes): void {
  for (const host of topology.hosts.values()) {
    warnOfBareVlans(host, transports, notes);
    const uses: PortUse[] = [
      ...[...host.bridges.values()].flatMap((bridge) =>
        bridge.ports.map(({ device, place }) => ({ device, by: `bridge ${bridge.name}`, place })),
      ),
      ...[...host.nics.values()].flatMap(({ name, port }) =>
        port === null ? [] : [{ device: port.value, by: `the NIC on network ${name}`, place: port.place }],
      ),
    ];
    const first = new Map<string, PortUse>();
    for (const use of uses.sort((a, b) => byPlace(a.place, b.place))) {
      const other = first.get(use.device);
      if (other === undefined) {
        first.set(use.device, use);
        continue;
      }
      const detail =
        other.by === use.by
          ? `Port ${use.device} of host ${host.name} is written twice for ${use.by}.`
          : `Port ${use.device} of host ${host.name} belongs to ${other.by} already; a port has one master.`;
      notes.report('port-twice', use.place, detail, {
        hint: 'leave it in one place',
        related: [related(other.place, 'first used here')],
      });
    }
  }
}

/** A bridge tags what it sends on its ports; a port by itself sends frames as they are. */
function warnOfBareVlans(host: HostEntry, transports: ReadonlyMap<string, Transport>, notes: Notes): void {
  for (const { name, port } of host.nics.values()) {
    const transport = transports.get(name);
    if (port === null || transport?.type !== 'vlan') continue;
    notes.report(
      'port-untagged',
      port.place,
      `Port ${port.value} of host ${host.name} is used without a bridge, so its frames have no tag; network ${name} is VLAN ${String(transport.id)}.`,
      {
        hint: `the switch must untag VLAN ${String(transport.id)} there; else put ${port.value} into a bridge`,
      },
    );
  }
}
