/**
 * In: the wires that each network is on. Out: nothing; warns where a network has members on hosts with no wire between.
 */
import type { Transport } from '../../flow/model.ts';
import type { Topology } from '../../flow/topology.ts';
import type { Members } from '../members.ts';
import type { Notes } from '../report.ts';
import { listNames } from '../report.ts';
import type { Wires } from '../wires.ts';

export function checkPartitions(
  topology: Topology,
  transports: ReadonlyMap<string, Transport>,
  wires: Wires,
  members: Members,
  notes: Notes,
): void {
  for (const [name, hosts] of wires.wiresByNetwork) {
    const network = topology.networks.get(name);
    if (network === undefined || transports.get(name)?.type === 'vxlan' || hosts.size < 2) continue;
    const parts = partition(hosts);
    if (parts.length < 2) continue;
    const described = parts.map((part) =>
      listNames(
        part.map((host) => describeHost(host, name, members)),
        3,
      ),
    );
    notes.report(
      'partition',
      network.place,
      `Network ${name} has members on hosts with no wire between them: ${described.join('; ')}. They cannot reach each other.`,
      { hint: 'give the bridges ports in one fabric, or carry the network in VXLAN' },
    );
  }
}

/** Hosts that share a wire of the network, directly or through others. */
function partition(hosts: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const hostsByWire = new Map<string, string[]>();
  for (const [host, wires] of hosts)
    for (const wire of wires) hostsByWire.set(wire, [...(hostsByWire.get(wire) ?? []), host]);
  const seen = new Set<string>();
  const parts: string[][] = [];
  for (const start of [...hosts.keys()].sort()) {
    if (seen.has(start)) continue;
    const part: string[] = [];
    const waiting = [start];
    seen.add(start);
    for (let host = waiting.pop(); host !== undefined; host = waiting.pop()) {
      part.push(host);
      for (const wire of hosts.get(host) ?? []) {
        for (const next of hostsByWire.get(wire) ?? []) {
          if (seen.has(next)) continue;
          seen.add(next);
          waiting.push(next);
        }
      }
    }
    parts.push(part.sort());
  }
  return parts;
}

function describeHost(host: string, network: string, members: Members): string {
  const names = (members.get(host)?.get(network) ?? []).filter((each) => each.kind !== 'host').map((each) => each.name);
  return names.length === 0 ? host : `${host} (${listNames(names.sort(), 2)})`;
}
