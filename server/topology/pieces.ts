/**
 * A tree in pieces that are worked off one after the other: a topology of a hundred thousand objects never lies in memory as a
 * tree, as plain values, as parts and as a Topology at once. What was read without a problem is forgotten as tree.
 */
import { NAMED_SECTIONS, RULE_SECTIONS } from './sections.ts';
import { standIn } from './stand-in.ts';
import type { MapEntry, MapNode, TreeNode } from './tree.ts';

/** Entries or rules that are looked at in one go: few enough to be forgotten soon, enough for the cost of each go not to count. */
const TOGETHER = 500;

export interface Pieces {
  /** Every key of the file; sections that are what they should be are empty here. */
  readonly head: TreeNode;
  /** Trees with some entries or rules of one section each; what `see` answers `true` for is forgotten. */
  each(see: (piece: MapNode) => boolean): void;
  /** The tree without what was forgotten. */
  left(): TreeNode;
}

/** The caller is to hold on to no part of the tree: what is held cannot be forgotten. */
export function cutTree(tree: TreeNode): Pieces {
  if (tree.type !== 'map') return { head: tree, each: () => undefined, left: () => tree };
  const { place } = tree;
  const sections = [...tree.entries.values()].map(cutSection).filter((section) => section !== undefined);
  const rest = [...tree.entries.values()].filter(({ key }) => sections.every((section) => section.key !== key));
  const treeOf = (entries: readonly MapEntry[]): MapNode => ({ type: 'map', place, entries: byKey(entries) });
  const name: MapEntry = { key: 'topology', keyPlace: place, value: standIn(place) };
  return {
    head: treeOf([...rest, ...sections.map((section) => section.some(0, 0))]),
    each(see) {
      for (const { size, some, forget } of sections) {
        for (let at = 0; at < size; at += TOGETHER) {
          if (see(treeOf([name, some(at, at + TOGETHER)]))) forget(at, at + TOGETHER);
        }
      }
    },
    left: () => treeOf([...rest, ...sections.map(({ some, size }) => some(0, size))]),
  };
}

interface Section {
  readonly key: string;
  readonly size: number;
  /** The section with what is between two positions and not forgotten. */
  readonly some: (from: number, to: number) => MapEntry;
  readonly forget: (from: number, to: number) => void;
}

function cutSection(entry: MapEntry): Section | undefined {
  const { key, value } = entry;
  const { type, place } = value;
  if (type === 'map' && NAMED_SECTIONS.includes(key)) {
    return sectionOf(entry, [...value.entries.values()], (some) => ({ type, place, entries: byKey(some) }));
  }
  if (type === 'list' && RULE_SECTIONS.includes(key)) {
    return sectionOf(entry, value.items, (items) => ({ type, place, items }));
  }
  return undefined;
}

function sectionOf<P>(
  { key, keyPlace }: MapEntry,
  all: readonly P[],
  nodeOf: (some: readonly P[]) => TreeNode,
): Section {
  const parts: (P | undefined)[] = [...all];
  return {
    key,
    size: parts.length,
    some: (from, to) => ({
      key,
      keyPlace,
      value: nodeOf(parts.slice(from, to).filter((part) => part !== undefined)),
    }),
    forget: (from, to) => parts.fill(undefined, from, to),
  };
}

function byKey(entries: readonly MapEntry[]): ReadonlyMap<string, MapEntry> {
  return new Map(entries.map((entry) => [entry.key, entry]));
}
