/**
 * In: the resolved topology and how its networks travel. Out: on which hosts a guest or gateway may be, because each of its
 * networks is carried there, on the wire that it is on now. A network on a bridge without ports is nowhere else.
 */
import type { Transport } from '../../flow/model.ts';
import type { HostEntry, Topology } from '../../flow/topology.ts';
import { declaredBridges } from '../passes/networks-have-one-bridge.ts';
import { compareText, newNotes } from '../report.ts';
import { isCable, joinFabrics } from '../wires.ts';

export interface Homes {
  /** Hosts that carry what is carried where it is (`on`), in order of name; the same array for the same networks. */
  readonly like: (networks: readonly string[], on: string) => readonly string[];
  /** The same for what is nowhere yet: on the wires where others have these networks. */
  readonly forNew: (networks: readonly string[]) => readonly string[];
  /** Networks that the host does not carry, or not on the wire where others have them. */
  readonly missing: (networks: readonly string[], host: string) => readonly string[];
}

type WireOf = (host: string, network: string) => string | null;

export function findHomes(topology: Topology, transports: ReadonlyMap<string, Transport>): Homes {
  const hosts = [...topology.hosts.keys()].sort(compareText);
  const wireOf = wiresOf(topology, transports);
  const anchors = anchorWires(topology, wireOf);
  const mayBe = (host: string, network: string): boolean => {
    const wire = wireOf(host, network);
    return wire !== null && (anchors.get(network)?.has(wire) ?? true);
  };
  const known = new Map<string, readonly string[]>();
  const once = (key: string, find: () => readonly string[]): readonly string[] => {
    const found = known.get(key) ?? find();
    known.set(key, found);
    return found;
  };
  return {
    like: (networks, on) =>
      once(`${on}\n${networks.join('\n')}`, () => {
        const wires = networks.map((network) => [network, wireOf(on, network)] as const);
        const list = hosts.filter((host) =>
          wires.every(([network, wire]) => wire !== null && wireOf(host, network) === wire),
        );
        return once(list.join('\n\n'), () => list);
      }),
    forNew: (networks) =>
      once(`\n${networks.join('\n')}`, () => hosts.filter((host) => networks.every((network) => mayBe(host, network)))),
    missing: (networks, host) => networks.filter((network) => !mayBe(host, network)),
  };
}

/** `null` where the host does not carry the network. */
function wiresOf(topology: Topology, transports: ReadonlyMap<string, Transport>): WireOf {
  const { ofBridge } = joinFabrics(topology);
  const bridged = [...transports].filter(([, { type }]) => type !== 'vxlan').map(([name]) => name);
  // What is wrong with the bridges is told where they are wired.
  const notes = newNotes(new Set());
  const bridgesOf = new Map<string, (network: string) => string | undefined>();
  const bridgeOn = (host: HostEntry, network: string): string | undefined => {
    const declared = bridgesOf.get(host.name) ?? declaredBridges(host, bridged.sort(), notes);
    bridgesOf.set(host.name, declared);
    return declared(network);
  };
  return (name, network) => {
    const [host, transport] = [topology.hosts.get(name), transports.get(network)];
    if (host === undefined || transport === undefined) return null;
    if (transport.type === 'vxlan') return host.nics.has(transport.underlay) ? `vxlan ${network}` : null;
    const bridge = bridgeOn(host, network);
    return bridge === undefined ? null : ofBridge(host, bridge);
  };
}

/** Network → the wires where somebody has it whose host the file names; where nobody has it yet, cables. */
function anchorWires(topology: Topology, wireOf: WireOf): ReadonlyMap<string, ReadonlySet<string>> {
  const anchors = new Map<string, Set<string>>();
  const anchor = (host: string, network: string): void => {
    const wire = wireOf(host, network);
    if (wire !== null) anchors.set(network, (anchors.get(network) ?? new Set()).add(wire));
  };
  for (const { name, nics } of topology.hosts.values())
    for (const nic of nics.values()) if (nic.port === null) anchor(name, nic.name);
  for (const { on, nics } of topology.gateways.values())
    for (const { value } of on) for (const network of nics.keys()) anchor(value, network);
  for (const { on, free, nics } of topology.guests.values())
    if (free === null) for (const network of nics.keys()) anchor(on.value, network);
  for (const network of topology.networks.keys()) {
    if (anchors.has(network)) continue;
    const wires = [...topology.hosts.keys()].flatMap((host) => wireOf(host, network) ?? []);
    const reaching = wires.filter((wire) => isCable(wire) || wire.startsWith('vxlan '));
    if (reaching.length > 0) anchors.set(network, new Set(reaching));
  }
  return anchors;
}
