import type { DhcpEntry, NetworkEntry } from '../../flow/topology.ts';
import type { NetworkPart } from '../schema/network.ts';
import type { TreeNode } from '../tree.ts';
import { located, locatedList, mapOf, nodeOf } from './located.ts';

export function buildNetworks(
  parts: Readonly<Record<string, NetworkPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, NetworkEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => ({
    name,
    place,
    description: part.description ?? null,
    vlan: located(part.vlan, node, 'vlan'),
    transport: located(part.transport, node, 'transport'),
    vni: located(part.vni, node, 'vni'),
    underlay: located(part.underlay, node, 'underlay'),
    subnets: locatedList(part.subnet, node, 'subnet'),
    routers: locatedList(part.router, node, 'router'),
    external: part.external ?? false,
    dhcp: buildDhcp(part.dhcp, node),
    isolated: located(part.isolated, node, 'isolated'),
    realm: located(part.realm, node, 'realm'),
    mtu: located(part.mtu, node, 'mtu'),
  }));
}

function buildDhcp(part: NetworkPart['dhcp'], network: TreeNode): DhcpEntry | null {
  if (part === undefined || part === false) return null;
  const node = nodeOf(network, 'dhcp');
  if (part === true) return { place: node.place, domain: null, upstream: [] };
  return {
    place: node.place,
    domain: located(part.domain, node, 'domain'),
    upstream: locatedList(part.upstream, node, 'upstream'),
  };
}
