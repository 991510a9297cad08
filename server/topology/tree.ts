/**
 * The located tree: what a file says, whatever its notation, with the place of every key and value. All places of a Topology
 * come from here, so a node that is copied or made from a template keeps the place of what it was made from. Nodes are never
 * changed; one node may stand at several paths (a YAML alias).
 */
import type { Place } from '../core/place.ts';

export type TreeNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly type: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written, without quotes and escapes: `0x10` for the number 16. */
  readonly text: string;
  readonly place: Place;
  /** Where the first character of `text` stands; `null` where text and file do not run in step (escapes, several lines). */
  readonly inside: Place | null;
  /** The text with `${…}` that it was worked out of; left out where the file says it itself. */
  readonly template?: string;
}

export interface ListNode {
  readonly type: 'list';
  readonly place: Place;
  readonly items: readonly TreeNode[];
}

export interface MapNode {
  readonly type: 'map';
  readonly place: Place;
  /** A Map, so that no key (`__proto__`, `constructor`) means anything special. */
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly key: string;
  readonly keyPlace: Place;
  /** Where the first character of the key stands; `null` as in a scalar, left out where the key was worked out. */
  readonly keyInside?: Place | null;
  readonly value: TreeNode;
}

/** From the root: keys of maps, indexes of lists. */
export type TreePath = readonly (string | number)[];

export function child(node: TreeNode | undefined, step: string | number): TreeNode | undefined {
  if (node?.type === 'map') return node.entries.get(String(step))?.value;
  if (node?.type === 'list' && typeof step === 'number') return node.items[step];
  return undefined;
}

export function nodeAt(root: TreeNode, path: TreePath): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const step of path) node = child(node, step);
  return node;
}

/** The entry whose key is the path's last step; `undefined` where that step is a list index or nothing stands there. */
export function entryAt(root: TreeNode, path: TreePath): MapEntry | undefined {
  const parent = nodeAt(root, path.slice(0, -1));
  const key = path.at(-1);
  return parent?.type === 'map' && key !== undefined ? parent.entries.get(String(key)) : undefined;
}

/** The place a reader looks for when told about the thing at `path`: its key, else the value itself, else what holds it. */
export function headingPlace(root: TreeNode, path: TreePath): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const found = entryAt(root, part)?.keyPlace ?? nodeAt(root, part)?.place;
    if (found !== undefined) return found;
  }
  return root.place;
}

/** The place of a character of a scalar, as exactly as it is known. */
export function placeInside(node: TreeNode, offset: number): Place {
  return node.type === 'scalar' ? shifted(node.inside, node.place, offset) : node.place;
}

/** The place of a character of an entry's key. */
export function placeInsideKey(entry: MapEntry, offset: number): Place {
  return shifted(entry.keyInside ?? null, entry.keyPlace, offset);
}

function shifted(inside: Place | null, place: Place, offset: number): Place {
  return inside === null ? place : { ...inside, column: inside.column + offset };
}
