/**
 * In: the Model. Out: its paths, as a graph of points that frames and packets pass. Every network has points of its own on each
 * bridge, port and fabric that carries it, so that nothing gets from one network into another except through a gateway. VXLAN
 * has points on the bridges and ports of its underlay. Ends are the NICs of guests and hosts, and the internet behind each
 * external network; nothing passes through an end.
 *
 * A thing that may fail (a node of the graph in `server/flow/graph.ts`) is the set of points that go with it: with a host all
 * that is on it, with a bridge the NICs on it too, and with a gateway its member. A cluster is no such thing: its members fail one by one.
 */
import type { Bridge, Host, HostNic, Model } from '../../flow/model.ts';
import { DEFAULT_FABRIC } from '../fabric.ts';
import { NODE_ID } from './ids.ts';

export interface Paths {
  /** How many points there are; they are numbered from 0. */
  readonly points: number;
  readonly edges: readonly (readonly [number, number])[];
  /** Point → graph node of the end that it is. */
  readonly ends: ReadonlyMap<number, string>;
  /** Graph node → the points that fail with it, in the order in which they lie beside each other. */
  readonly things: ReadonlyMap<string, readonly number[]>;
}

interface Draft {
  readonly numbers: Map<string, number>;
  readonly edges: (readonly [number, number])[];
  readonly joined: Set<string>;
  readonly ends: Map<number, string>;
  readonly things: Map<string, number[]>;
}

export function pathsOf(model: Model): Paths {
  const draft: Draft = { numbers: new Map(), edges: [], joined: new Set(), ends: new Map(), things: new Map() };
  const carriers = new Map([...model.hosts.values()].map((host) => [host.name, carriersOf(host)]));
  for (const host of model.hosts.values()) addWires(draft, model, host, carriers.get(host.name) ?? new Map());
  for (const host of model.hosts.values()) addTunnels(draft, model, host, carriers.get(host.name) ?? new Map());
  for (const host of model.hosts.values()) {
    for (const { network, on } of host.nics) {
      const bridge = isBare(on) ? undefined : carriers.get(host.name)?.get(network);
      if (bridge !== undefined) addEnd(draft, NODE_ID.host(host.name), network, host.name, bridge);
    }
  }
  for (const guest of model.guests.values()) {
    for (const { network } of guest.nics) {
      const bridge = carriers.get(guest.host)?.get(network);
      if (bridge !== undefined) addEnd(draft, NODE_ID.guest(guest.name), network, guest.host, bridge);
    }
  }
  for (const gateway of model.gateways.values()) {
    for (const { name, host } of gateway.members) {
      const only = gateway.members.length === 1 ? [NODE_ID.gateway(gateway.name)] : [];
      const member = point(draft, `member ${name}`, NODE_ID.host(host), ...only);
      for (const { network } of gateway.nics) {
        const bridge = carriers.get(host)?.get(network);
        // One that runs in the host's own stack may have a port for itself.
        const bare = model.hosts.get(host)?.nics.find((nic) => nic.network === network && isBare(nic.on));
        if (bare !== undefined) join(draft, member, plugInPort(draft, host, bare.device, network));
        else if (bridge !== undefined) join(draft, member, onBridge(draft, host, bridge, network));
      }
    }
  }
  return { points: draft.numbers.size, edges: draft.edges, ends: draft.ends, things: draft.things };
}

function carriersOf(host: Host): ReadonlyMap<string, Bridge> {
  return new Map(host.bridges.flatMap((bridge) => bridge.carries.map(({ network }) => [network, bridge] as const)));
}

/** A port or bond that no bridge is on. */
function isBare(on: HostNic['on']): boolean {
  return on.type === 'port' || on.type === 'bond';
}

function addWires(draft: Draft, model: Model, host: Host, carriers: ReadonlyMap<string, Bridge>): void {
  for (const [network, bridge] of carriers) {
    const inside = plugIn(draft, host.name, bridge, network);
    if (model.networks.get(network)?.external !== true) continue;
    if (bridge.uplinks.length === 0) addInternet(draft, network, inside);
    for (const { fabric } of bridge.uplinks) addInternet(draft, network, onFabric(draft, fabric, network));
  }
  for (const nic of host.nics) {
    if (!isBare(nic.on)) continue;
    const wire = plugInPort(draft, host.name, nic.device, nic.network, nic.fabric);
    const end = point(draft, `nic ${host.name} ${nic.network}`, NODE_ID.host(host.name));
    draft.ends.set(end, NODE_ID.host(host.name));
    join(draft, end, wire);
    if (model.networks.get(nic.network)?.external === true)
      addInternet(draft, nic.network, onFabric(draft, nic.fabric ?? DEFAULT_FABRIC, nic.network));
  }
}

/** The frames of a VXLAN network lie in those of its underlay, and pass wherever those do. */
function addTunnels(draft: Draft, model: Model, host: Host, carriers: ReadonlyMap<string, Bridge>): void {
  const ends = new Map(host.tunnels.map((tunnel) => [tunnel.network, tunnel]));
  for (const { name, transport } of model.networks.values()) {
    if (transport.type !== 'vxlan') continue;
    const tunnel = ends.get(name);
    const carrier = carriers.get(transport.underlay);
    const bare = host.nics.find(({ network, on }) => network === transport.underlay && isBare(on));
    if (tunnel === undefined) {
      // A host in between matters only where its bridge leads on.
      if (carrier !== undefined && carrier.uplinks.length > 1) plugIn(draft, host.name, carrier, name);
      continue;
    }
    const own = host.bridges.find((bridge) => bridge.device === tunnel.bridge);
    if (own === undefined) continue;
    const inside = onBridge(draft, host.name, own, name);
    if (bare !== undefined) join(draft, inside, plugInPort(draft, host.name, bare.device, name));
    else if (carrier !== undefined) join(draft, inside, plugIn(draft, host.name, carrier, name));
  }
}

function addEnd(draft: Draft, id: string, network: string, host: string, bridge: Bridge): void {
  const end = point(draft, `nic ${id} ${network}`, NODE_ID.bridge(host, bridge.device), NODE_ID.host(host));
  draft.ends.set(end, id);
  join(draft, end, onBridge(draft, host, bridge, network));
}

function addInternet(draft: Draft, network: string, at: number): void {
  const end = point(draft, `internet ${network} ${String(at)}`);
  draft.ends.set(end, NODE_ID.internet);
  join(draft, end, at);
}

/** The network on a bridge, with its way to the fabrics. */
function plugIn(draft: Draft, host: string, bridge: Bridge, network: string): number {
  const inside = onBridge(draft, host, bridge, network);
  for (const { device, fabric } of bridge.uplinks)
    join(draft, inside, plugInPort(draft, host, device, network, fabric));
  return inside;
}

function plugInPort(draft: Draft, host: string, device: string, network: string, fabric = DEFAULT_FABRIC): number {
  const port = point(draft, `port ${host} ${device} ${network}`, NODE_ID.port(host, device), NODE_ID.host(host));
  join(draft, port, onFabric(draft, fabric, network));
  return port;
}

function onBridge(draft: Draft, host: string, { device }: Bridge, network: string): number {
  return point(draft, `bridge ${host} ${device} ${network}`, NODE_ID.bridge(host, device), NODE_ID.host(host));
}

function onFabric(draft: Draft, fabric: string, network: string): number {
  return point(draft, `fabric ${fabric} ${network}`, NODE_ID.fabric(fabric));
}

/** No name has a blank in it, so the key is one thing only. */
function point(draft: Draft, key: string, ...things: readonly string[]): number {
  const known = draft.numbers.get(key);
  if (known !== undefined) return known;
  const number = draft.numbers.size;
  draft.numbers.set(key, number);
  for (const thing of things) {
    const points = draft.things.get(thing);
    if (points === undefined) draft.things.set(thing, [number]);
    else points.push(number);
  }
  return number;
}

function join(draft: Draft, one: number, other: number): void {
  const key = `${String(one)} ${String(other)}`;
  if (draft.joined.has(key)) return;
  draft.joined.add(key);
  draft.edges.push([one, other]);
}
