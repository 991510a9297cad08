/**
 * In: the resolved hosts. Out: nothing; says where one physical port is asked to be in two places. The kernel gives a port one
 * master, so the second wish would undo the first.
 */
import type { Place } from '../../core/place.ts';
import type { Transport } from '../../flow/model.ts';
import type { HostEntry, Topology } from '../../flow/topology.ts';
import { stackNics } from '../host-stack.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';

interface PortUse {
  readonly device: string;
  readonly by: string;
  /** By itself, without a bridge. */
  readonly bare: boolean;
  readonly place: Place;
}

export function checkPorts(topology: Topology, transports: ReadonlyMap<string, Transport>, notes: Notes): void {
  const machines = machinePorts(topology);
  for (const host of topology.hosts.values()) {
    warnOfBareVlans(topology, host, transports, notes);
    const first = new Map<string, PortUse>();
    const uses = [...usesOn(topology, host), ...(machines.get(host.name) ?? [])];
    for (const use of uses.sort((a, b) => byPlace(a.place, b.place))) {
      const other = first.get(use.device);
      if (other === undefined) first.set(use.device, use);
      else reportTwice(host, use, other, notes);
    }
  }
}

function usesOn(topology: Topology, host: HostEntry): readonly PortUse[] {
  return [
    ...[...host.bridges.values()].flatMap((bridge) =>
      bridge.ports.map(({ device, place }) => ({ device, by: `bridge ${bridge.name}`, bare: false, place })),
    ),
    ...[...host.bonds.values()].flatMap((bond) =>
      bond.ports.map(({ device, place }) => ({ device, by: `bond ${bond.name}`, bare: false, place })),
    ),
    ...stackNics(topology, host).flatMap(({ name, port }) =>
      port === null ? [] : [{ device: port.value, by: `the NIC on network ${name}`, bare: true, place: port.place }],
    ),
  ];
}

/** Interfaces of existing machines (`port: vnet3`), by host. */
function machinePorts(topology: Topology): ReadonlyMap<string, readonly PortUse[]> {
  const uses = new Map<string, PortUse[]>();
  for (const { name, on, nics } of topology.guests.values()) {
    for (const { name: network, port } of nics.values()) {
      if (port === null) continue;
      const use = { device: port.value, by: `guest ${name} on network ${network}`, bare: false, place: port.place };
      const list = uses.get(on.value);
      if (list === undefined) uses.set(on.value, [use]);
      else list.push(use);
    }
  }
  return uses;
}

function reportTwice(host: HostEntry, use: PortUse, other: PortUse, notes: Notes): void {
  const more = { related: [related(other.place, 'first used here')] };
  if (use.bare && other.bare) {
    notes.report(
      'untagged-twice',
      use.place,
      `Port ${use.device} of host ${host.name} is used without a bridge by ${other.by} and by ${use.by}; frames of both have no tag, so nothing tells them apart.`,
      { hint: `put ${use.device} into a bridge, and give the networks a \`vlan\` each`, ...more },
    );
    return;
  }
  const detail =
    other.by === use.by
      ? `Port ${use.device} of host ${host.name} is written twice for ${use.by}.`
      : `Port ${use.device} of host ${host.name} belongs to ${other.by} already; a port has one master.`;
  notes.report('port-twice', use.place, detail, { hint: 'leave it in one place', ...more });
}

/** A bridge tags what it sends on its ports; a port by itself sends frames as they are. */
function warnOfBareVlans(
  topology: Topology,
  host: HostEntry,
  transports: ReadonlyMap<string, Transport>,
  notes: Notes,
): void {
  for (const { name, port } of stackNics(topology, host)) {
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
