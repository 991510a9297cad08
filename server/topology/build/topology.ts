import type { Topology } from '../../flow/topology.ts';
import type { TopologyPart } from '../schema/topology.ts';
import { child, type TreeNode } from '../tree.ts';
import { buildGateways } from './gateway.ts';
import { buildGuests } from './guest.ts';
import { buildHosts } from './host.ts';
import { nodeOf } from './located.ts';
import { buildNetworks } from './network.ts';
import { buildExpect, buildPolicy } from './rule.ts';

/** Checked parts and their tree → Topology. */
export function buildTopology(file: string, part: TopologyPart, tree: TreeNode): Topology {
  return {
    file,
    name: part.topology,
    place: nodeOf(tree, 'topology').place,
    description: part.description ?? null,
    networks: buildNetworks(part.networks, child(tree, 'networks')),
    hosts: buildHosts(part.hosts, child(tree, 'hosts')),
    guests: buildGuests(part.guests, child(tree, 'guests')),
    gateways: buildGateways(part.gateways, child(tree, 'gateways')),
    policy: buildPolicy(part.policy, child(tree, 'policy')),
    expect: buildExpect(part.expect, child(tree, 'expect')),
    damaged: new Set(),
  };
}

/** A Topology that is put together from pieces; what it says of itself is said by the first. */
export function joinTopologies(head: Topology): { add(piece: Topology): void; readonly topology: Topology } {
  const networks = new Map(head.networks);
  const hosts = new Map(head.hosts);
  const guests = new Map(head.guests);
  const gateways = new Map(head.gateways);
  const policy = [...head.policy];
  const expect = [...head.expect];
  return {
    topology: { ...head, networks, hosts, guests, gateways, policy, expect },
    add(piece) {
      for (const [name, network] of piece.networks) networks.set(name, network);
      for (const [name, host] of piece.hosts) hosts.set(name, host);
      for (const [name, guest] of piece.guests) guests.set(name, guest);
      for (const [name, gateway] of piece.gateways) gateways.set(name, gateway);
      policy.push(...piece.policy);
      expect.push(...piece.expect);
    },
  };
}
