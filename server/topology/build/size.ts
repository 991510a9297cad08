import type { SizeEntry } from '../../flow/topology.ts';
import type { SizePart } from '../schema/size.ts';
import type { TreeNode } from '../tree.ts';
import { located, nodeOf } from './located.ts';

/** `key` holds the map; `null` where it is not written. */
export function buildSize(part: SizePart | null | undefined, owner: TreeNode, key: string): SizeEntry | null {
  if (part === null || part === undefined) return null;
  const node = nodeOf(owner, key);
  return { place: node.place, cpus: located(part.cpus, node, 'cpus'), memory: located(part.memory, node, 'memory') };
}
