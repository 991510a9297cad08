/**
 * Putting together what several parts say of the same thing: maps are joined key by key, lists end to end, and a value is
 * written once. The nodes that come in are never changed; one that more is added to is copied first, once.
 */
import type { Place } from '../../core/place.ts';
import { quoted } from '../../core/visible-text.ts';
import type { Problems } from '../problems.ts';
import type { ListNode, MapEntry, MapNode, TreeNode } from '../tree.ts';

export interface Merger {
  /** Adds what one part writes under one key at the top. */
  add(entry: MapEntry): void;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

/** What this merger has copied and may add to. */
interface Copies {
  readonly maps: Map<MapNode, Map<string, MapEntry>>;
  readonly lists: Map<ListNode, TreeNode[]>;
  readonly problems: Problems;
}

export function createMerger(problems: Problems): Merger {
  const copies: Copies = { maps: new Map(), lists: new Map(), problems };
  const entries = new Map<string, MapEntry>();
  return {
    entries,
    add(entry) {
      merge(entries, entry, '', copies);
    },
  };
}

function merge(target: Map<string, MapEntry>, entry: MapEntry, owner: string, copies: Copies): void {
  const before = target.get(entry.key);
  if (before === undefined || isEmpty(before.value)) {
    target.set(entry.key, before === undefined ? entry : { ...before, value: entry.value });
    return;
  }
  const [old, added] = [before.value, entry.value];
  if (isEmpty(added)) return;
  if (old.type === 'map' && added.type === 'map') {
    const path = owner === '' ? entry.key : `${owner}.${entry.key}`;
    const inner = mapCopy(old, before, target, copies);
    for (const each of added.entries.values()) merge(inner, each, path, copies);
  } else if (old.type === 'list' && added.type === 'list') {
    const items = listCopy(old, before, target, copies);
    for (const item of added.items) items.push(item);
  } else {
    tellConflict(before, entry, owner, copies.problems);
  }
}

function isEmpty(node: TreeNode): boolean {
  return node.type === 'scalar' && node.value === null;
}

function mapCopy(
  node: MapNode,
  entry: MapEntry,
  target: Map<string, MapEntry>,
  { maps }: Copies,
): Map<string, MapEntry> {
  const known = maps.get(node);
  if (known !== undefined) return known;
  const entries = new Map(node.entries);
  const value: MapNode = { ...node, entries };
  maps.set(value, entries);
  target.set(entry.key, { ...entry, value });
  return entries;
}

function listCopy(node: ListNode, entry: MapEntry, target: Map<string, MapEntry>, { lists }: Copies): TreeNode[] {
  const known = lists.get(node);
  if (known !== undefined) return known;
  const items = [...node.items];
  const value: ListNode = { ...node, items };
  lists.set(value, items);
  target.set(entry.key, { ...entry, value });
  return items;
}

function tellConflict(before: MapEntry, entry: MapEntry, owner: string, problems: Problems): void {
  const of = owner === '' ? '' : ` of ${quoted(owner)}`;
  const detail = `${quoted(entry.key)}${of} is written already: several parts can add to a map or a list, but only one can write a value.`;
  problems.add('duplicate-key', entry.keyPlace, detail, {
    hint: isSamePlace(before.keyPlace, entry.keyPlace)
      ? 'each round writes it again: give each a name of its own with `${…}`, or write it once outside'
      : 'write it in one place, or give one of the two another name',
    related: [{ ...before.keyPlace, message: 'first written here' }],
  });
}

function isSamePlace(left: Place, right: Place): boolean {
  return left.file === right.file && left.line === right.line && left.column === right.column;
}
