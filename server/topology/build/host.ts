import type { BondEntry, BridgeEntry, HostEntry, HostNicEntry } from '../../flow/topology.ts';
import type { BondPart, BridgePart, HostNicPart, HostPart } from '../schema/host.ts';
import { child, type TreeNode } from '../tree.ts';
import { entriesOf, itemOf, located, locatedList, mapOf, nodeOf } from './located.ts';
import { nicForm } from './nic.ts';
import { buildRoutes } from './route.ts';
import { buildSize } from './size.ts';

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
    bonds: buildBonds(part.bonds, child(node, 'bonds')),
    bridges: buildBridges(part.bridges, child(node, 'bridges')),
    nics: buildNics(part.nics, child(node, 'nics')),
    routes: buildRoutes(part.routes, node),
    capacity: buildSize(part.capacity, node, 'capacity'),
  }));
}

function buildBonds(
  parts: Readonly<Record<string, BondPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, BondEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => ({
    name,
    place,
    description: part.description ?? null,
    ports: buildBondPorts(part.ports, nodeOf(node, 'ports')),
    mode: located(part.mode, node, 'mode'),
    hash: located(part.hash, node, 'hash'),
    primary: located(part.primary, node, 'primary'),
  }));
}

function buildBondPorts(parts: BondPart['ports'], tree: TreeNode): BondEntry['ports'] {
  return parts.flatMap((part, index) => {
    const node = itemOf(tree, index);
    if (typeof part === 'string') return [{ device: part, takeover: false, place: node.place }];
    return entriesOf(part, node).map((entry) => ({
      device: entry.name,
      takeover: entry.part.takeover ?? false,
      place: entry.place,
    }));
  });
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
    existing: located(part.existing, node, 'existing'),
    networks: part.networks === undefined ? null : locatedList(part.networks, node, 'networks'),
  }));
}

/** `eno1` or `{ eno1: { fabric: dmz } }`, one or a list of them. */
function buildPorts(parts: BridgePart['ports'], tree: TreeNode | undefined): BridgeEntry['ports'] {
  if (tree === undefined) return [];
  return (parts ?? []).flatMap((part, index) => {
    const node = itemOf(tree, index);
    if (typeof part === 'string') return [{ device: part, fabric: DEFAULT_FABRIC, takeover: false, place: node.place }];
    return entriesOf(part, node).map((entry) => ({
      device: entry.name,
      fabric: entry.part.fabric ?? DEFAULT_FABRIC,
      takeover: entry.part.takeover ?? false,
      place: entry.place,
    }));
  });
}

function buildNics(
  parts: Readonly<Record<string, HostNicPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, HostNicEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => {
    const { addresses, map } = nicForm(part, node, (form) => form.address);
    return {
      name,
      place,
      description: map?.description ?? null,
      addresses,
      port: located(map?.port, node, 'port'),
      fabric: map?.fabric,
      takeover: map?.takeover ?? false,
      mac: located(map?.mac, node, 'mac'),
      default: located(map?.default, node, 'default'),
    };
  });
}
