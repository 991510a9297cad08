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
export function buildTopology(
  file: string,
  part: TopologyPart,
  tree: TreeNode,
  damaged: ReadonlySet<string>,
): Topology {
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
    damaged,
  };
}
