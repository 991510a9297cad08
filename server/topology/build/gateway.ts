import type { GatewayEntry, GatewayNicEntry } from '../../flow/topology.ts';
import type { GatewayNicPart, GatewayPart } from '../schema/gateway.ts';
import { child, type TreeNode } from '../tree.ts';
import { located, locatedList, mapOf } from './located.ts';
import { nicForm } from './nic.ts';
import { buildPublishes } from './publish.ts';

type NatPart = NonNullable<GatewayPart['nat']>;

export function buildGateways(
  parts: Readonly<Record<string, GatewayPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, GatewayEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => {
    const nat = child(node, 'nat');
    return {
      name,
      place,
      description: part.description ?? null,
      on: locatedList(part.on, node, 'on'),
      runs: located(part.runs, node, 'runs') ?? { value: 'netns', place },
      nics: buildNics(part.nics, child(node, 'nics')),
      masquerade: nat === undefined ? [] : buildMasquerades(part.nat?.masquerade, nat),
      publish: nat === undefined ? [] : buildPublishes(part.nat?.publish, nat),
    };
  });
}

function buildNics(
  parts: Readonly<Record<string, GatewayNicPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, GatewayNicEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => {
    const { addresses, map } = nicForm(part, node);
    const shared = locatedList(map?.shared, node, 'shared');
    return { name, place, description: map?.description ?? null, shared, addresses };
  });
}

function buildMasquerades(parts: NatPart['masquerade'], nat: TreeNode): GatewayEntry['masquerade'] {
  return locatedList(parts, nat, 'masquerade').map(({ value, place }) => ({
    value,
    place,
    text: `${value.from} -> ${value.to}`,
  }));
}
