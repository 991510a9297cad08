/**
 * In: which bridge carries which network where. Out: nothing; warns where a network has members on hosts with no wire between.
 * Two fabrics are one for a network only where a bridge with a port in each lets its frames through.
 */
import type { Transport } from '../../flow/model.ts';
import type { Topology } from '../../flow/topology.ts';
import { findJoints, joinedFabrics } from '../joints.ts';
import type { Member, Members } from '../members.ts';
import type { Notes } from '../report.ts';
import { listNames } from '../report.ts';
import type { Wiring } from './networks-have-one-bridge.ts';

export function checkPartitions(
  topology: Topology,
  transports: ReadonlyMap<string, Transport>,
  wiring: Wiring,
  members: Members,
  notes: Notes,
): void {
  for (const [name, hosts] of wiresOfNetworks(transports, wiring, members)) {
    const network = topology.networks.get(name);
    if (network === undefined || hosts.size < 2) continue;
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

/** Network → host with a member → the wires that it is on there; a bridge without ports is a wire by itself. */
function wiresOfNetworks(
  transports: ReadonlyMap<string, Transport>,
  wiring: Wiring,
  members: Members,
): ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>> {
  const joined = joinedFabrics(findJoints(wiring));
  const networks = new Map<string, Map<string, ReadonlySet<string>>>();
  for (const [host, onNetworks] of members) {
    for (const [network, list] of onNetworks) {
      const transport = transports.get(network);
      if (transport === undefined || transport.type === 'vxlan') continue;
      const tag = transport.type === 'vlan' ? transport.id : null;
      const wires = new Set(fabricsOf(host, network, list, wiring).map((fabric) => joined(tag, fabric)));
      const carrier = wiring.get(host)?.carrier.get(network)?.bridge.entry;
      if (carrier?.ports.length === 0) wires.add(`bridge ${carrier.name} of host ${host}`);
      if (wires.size === 0) continue;
      const hosts = networks.get(network) ?? new Map<string, ReadonlySet<string>>();
      networks.set(network, hosts.set(host, wires));
    }
  }
  return networks;
}

function fabricsOf(host: string, network: string, list: readonly Member[], wiring: Wiring): readonly string[] {
  const bare = list.flatMap((member) => (member.barePort === null ? [] : [member.bareFabric]));
  const ports = wiring.get(host)?.carrier.get(network)?.bridge.entry.ports ?? [];
  return [...ports.map((port) => port.fabric), ...bare];
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
