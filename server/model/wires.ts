/**
 * In: which bridge carries which network, and the bridges' uplinks. Out: which networks are on which wire. A wire is a fabric,
 * or several that a bridge with a port in each makes one; a bridge without ports is a wire by itself.
 */
import type { Transport } from '../flow/model.ts';
import type { HostEntry, Topology } from '../flow/topology.ts';
import type { Members } from './members.ts';
import type { Wiring } from './passes/networks-have-one-bridge.ts';

/** Wire → networks on it. */
export interface Wires {
  readonly networksByWire: ReadonlyMap<string, ReadonlySet<string>>;
}

export function findWires(
  topology: Topology,
  transports: ReadonlyMap<string, Transport>,
  wiring: Wiring,
  members: Members,
): Wires {
  const wireOf = joinFabrics(topology);
  const networksByWire = new Map<string, Set<string>>();
  const put = (wire: string, network: string): void => {
    const networks = networksByWire.get(wire) ?? new Set<string>();
    networksByWire.set(wire, networks.add(network));
  };
  const populated = new Set<string>();
  for (const networks of members.values()) for (const network of networks.keys()) populated.add(network);
  const empty = [...topology.networks.keys()].filter(
    (name) => !populated.has(name) && transports.get(name)?.type === 'vlan',
  );

  for (const host of topology.hosts.values()) {
    const wired = wiring.get(host.name);
    for (const bridge of wired?.bridges ?? []) {
      for (const { network } of bridge.carries) put(wireOf.ofBridge(host, bridge.entry.name), network);
    }
    // A network that nobody is on yet is on the wires where it will be, once somebody is.
    for (const network of empty) {
      const bridge = wired?.declared(network);
      if (bridge !== undefined) put(wireOf.ofBridge(host, bridge), network);
    }
    for (const list of members.get(host.name)?.values() ?? []) {
      for (const { network, barePort, bareFabric } of list) {
        if (barePort !== null && transports.get(network)?.type === 'untagged')
          put(wireOf.ofFabric(bareFabric), network);
      }
    }
  }
  return { networksByWire };
}

/** Whether the wire leaves the hosts: only there do frames without a tag look all alike. */
export function isCable(wire: string): boolean {
  return wire.startsWith('fabric ');
}

export interface WireOf {
  readonly ofFabric: (fabric: string) => string;
  readonly ofBridge: (host: HostEntry, bridge: string) => string;
}

/** Fabrics that some bridge connects are one wire: union-find over their names. */
export function joinFabrics(topology: Topology): WireOf {
  const parent = new Map<string, string>();
  const rootOf = (fabric: string): string => {
    let root = fabric;
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up;
    return root;
  };
  for (const host of topology.hosts.values()) {
    for (const bridge of host.bridges.values()) {
      const [first, ...others] = bridge.ports.map((port) => port.fabric);
      for (const other of others) {
        const [low, high] = [rootOf(first ?? other), rootOf(other)].sort();
        if (low !== undefined && high !== undefined && low !== high) parent.set(high, low);
      }
    }
  }
  const ofFabric = (fabric: string): string => `fabric ${rootOf(fabric)}`;
  const ofBridge = (host: HostEntry, bridge: string): string => {
    const port = host.bridges.get(bridge)?.ports[0];
    return port === undefined ? `bridge ${bridge} of host ${host.name}` : ofFabric(port.fabric);
  };
  return { ofFabric, ofBridge };
}
