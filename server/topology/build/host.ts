import type { BridgeEntry, HostEntry, HostNicEntry } from '../../flow/topology.ts';
import type { BridgePart, HostNicPart, HostPart } from '../schema/host.ts';
import { child, type TreeNode } from '../tree.ts';
import { entriesOf, itemOf, located, locatedList, mapOf, nodeOf } from './located.ts';
import { nicForm } from './nic.ts';

/** The wire of all ports whose entry names none. */
const DEFAULT_FABRIC = 'default';

export function buildHosts(
  parts: Readonly<Record<string, HostPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, HostEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => ({
    name,
    place,
    description: part.description ?? null,
    access: { value: part.access, place: nodeOf(node, 'access').place },
    bridges: buildBridges(part.bridges, child(node, 'bridges')),
    nics: buildNics(part.nics, child(node, 'nics')),
  }));
}

function buildBridges(
  parts: Readonly<Record<string, BridgePart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, BridgeEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => ({
    name,
    place,
    description: part.description ?? null,
    ports: buildPorts(part.ports, child(node, 'ports')),
    networks: part.networks === undefined ? null : locatedList(part.networks, node, 'networks'),
  }));
}

/** `eno1` or `{ eno1: { fabric: dmz } }`, one or a list of them. */
function buildPorts(parts: BridgePart['ports'], tree: TreeNode | undefined): BridgeEntry['ports'] {
  if (tree === undefined) return [];
  return (parts ?? []).flatMap((part, index) => {
    const node = itemOf(tree, index);
    if (typeof part === 'string') return [{ device: part, fabric: DEFAULT_FABRIC, place: node.place }];
    return entriesOf(part, node).map((entry) => ({
      device: entry.name,
      fabric: entry.part.fabric ?? DEFAULT_FABRIC,
      place: entry.place,
    }));
  });
}

function buildNics(
  parts: Readonly<Record<string, HostNicPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, HostNicEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => {
    const { addresses, map } = nicForm(part, node);
    return { name, place, description: map?.description ?? null, addresses, port: located(map?.port, node, 'port') };
  });
}
