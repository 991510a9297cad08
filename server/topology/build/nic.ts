/** The forms of a NIC, brought to one: `10.1.1.10`, `auto`, a list of addresses, or a map. */
import type { Address } from '../../core/address.ts';
import type { Place } from '../../core/place.ts';
import type { Located } from '../../flow/topology.ts';
import { AUTO } from '../grammar/auto.ts';
import type { TreeNode } from '../tree.ts';
import { itemOf, locatedList } from './located.ts';

interface NicForm<M> {
  readonly addresses: readonly Located<Address>[];
  /** Where `auto` stands. */
  readonly auto: Place | null;
  /** `null` where only addresses are written. */
  readonly map: M | null;
}

/** @param addressesOf the addresses that the map form holds under `address` */
export function nicForm<M extends object>(
  part: string | string[] | M,
  node: TreeNode,
  addressesOf: (map: M) => string[] | undefined,
): NicForm<M> {
  const [written, map] = writtenIn(part, node, addressesOf);
  return {
    addresses: written.filter((each) => each.value !== AUTO),
    auto: written.find((each) => each.value === AUTO)?.place ?? null,
    map,
  };
}

function writtenIn<M extends object>(
  part: string | string[] | M,
  node: TreeNode,
  addressesOf: (map: M) => string[] | undefined,
): readonly [readonly Located<string>[], M | null] {
  if (typeof part === 'string') return [[{ value: part, place: node.place }], null];
  if (Array.isArray(part)) {
    return [part.map((value, index) => ({ value, place: itemOf(node, index).place })), null];
  }
  return [locatedList(addressesOf(part), node, 'address'), part];
}
