/** Parts and tree walked side by side: values with the places they stand at. */
import type { Place } from '../../core/place.ts';
import type { Located } from '../../flow/topology.ts';
import { child, type TreeNode } from '../tree.ts';

/** A part that passed the schemas stands at a node; where it does not, the two were walked out of step. */
export function nodeOf(node: TreeNode | undefined, step: string | number): TreeNode {
  const found = child(node, step);
  if (found === undefined) throw new TypeError(`nothing stands at ${String(step)}`);
  return found;
}

/** The value of one key; `null` where it is not written. */
export function located<T>(value: T | undefined, node: TreeNode, key: string): Located<T> | null {
  return value === undefined ? null : { value, place: nodeOf(node, key).place };
}

/** The values of one key that takes one or a list. */
export function locatedList<T>(
  values: readonly T[] | null | undefined,
  node: TreeNode,
  key: string,
): readonly Located<T>[] {
  return (values ?? []).map((value, index) => ({ value, place: itemOf(nodeOf(node, key), index).place }));
}

/** The node of one value of a key that takes one or a list. */
export function itemOf(node: TreeNode, index: number): TreeNode {
  return node.type === 'list' ? nodeOf(node, index) : node;
}

/** As written, spaces trimmed. */
export function textsOf(node: TreeNode): readonly string[] {
  if (node.type === 'list') return node.items.flatMap(textsOf);
  return node.type === 'scalar' ? [node.text.trim()] : [];
}

interface NamedPart<P> {
  readonly name: string;
  readonly place: Place;
  readonly part: P;
  readonly node: TreeNode;
}

/** The entries of a named map, in the order of the file. */
export function entriesOf<P>(
  parts: Readonly<Record<string, P>> | null | undefined,
  node: TreeNode | undefined,
): readonly NamedPart<P>[] {
  if (parts === null || parts === undefined || node?.type !== 'map') return [];
  return [...node.entries.values()].map(({ key, keyPlace, value }) => {
    const part = parts[key];
    if (part === undefined) throw new TypeError(`no part for ${key}`);
    return { name: key, place: keyPlace, part, node: value };
  });
}

/** Turns the entries of a named map into a Map of what `build` makes of each. */
export function mapOf<P, E>(
  parts: Readonly<Record<string, P>> | null | undefined,
  node: TreeNode | undefined,
  build: (entry: NamedPart<P>) => E,
): ReadonlyMap<string, E> {
  return new Map(entriesOf(parts, node).map((entry) => [entry.name, build(entry)]));
}
