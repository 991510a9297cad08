import { familyOf } from '../../core/address.ts';
import type { RouteLine } from '../../flow/topology.ts';
import { DEFAULT_DESTINATION } from '../grammar/prefix.ts';
import type { RoutePart } from '../schema/route.ts';
import { child, type TreeNode } from '../tree.ts';
import { itemOf, nodeOf } from './located.ts';

/** `default` becomes the prefix of every address, in the family of the router. */
export function buildRoutes(parts: readonly RoutePart[] | null | undefined, owner: TreeNode): readonly RouteLine[] {
  const list = child(owner, 'routes');
  if (list === undefined) return [];
  return (parts ?? []).map((part, index) => {
    const node = itemOf(list, index);
    const everything = familyOf(part.via) === 4 ? '0.0.0.0/0' : '::/0';
    return {
      place: node.place,
      to: { value: part.to === DEFAULT_DESTINATION ? everything : part.to, place: nodeOf(node, 'to').place },
      via: { value: part.via, place: nodeOf(node, 'via').place },
    };
  });
}
