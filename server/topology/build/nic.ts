/** The forms of a NIC, brought to one: `10.1.1.10`, a list of addresses, or a map. */
import type { Address } from '../../core/address.ts';
import type { Located } from '../../flow/topology.ts';
import type { TreeNode } from '../tree.ts';
import { itemOf, locatedList } from './located.ts';

interface NicMap {
  readonly address?: Address[] | undefined;
}

interface NicForm<M> {
  readonly addresses: readonly Located<Address>[];
  /** `null` where only addresses are written. */
  readonly map: M | null;
}

export function nicForm<M extends NicMap>(part: Address | Address[] | M, node: TreeNode): NicForm<M> {
  if (typeof part === 'string') return { addresses: [{ value: part, place: node.place }], map: null };
  if (Array.isArray(part)) {
    return { addresses: part.map((value, index) => ({ value, place: itemOf(node, index).place })), map: null };
  }
  return { addresses: locatedList(part.address, node, 'address'), map: part };
}
