/**
 * What can still be understood of a file that has errors: the tree without the named entries and rules that an error stands in.
 * So one run tells of a mistyped address and of a name that points nowhere, and neither hides the other.
 */
import { hasErrors, type Diagnostic } from '../core/diagnostic.ts';
import type { Place } from '../core/place.ts';
import type { ListNode, MapEntry, MapNode, TreeNode } from './tree.ts';

export interface Salvaged {
  readonly tree: MapNode;
  /** Names of the networks, hosts, guests and gateways that were left out. */
  readonly damaged: ReadonlySet<string>;
}

const NAMED_SECTIONS = ['networks', 'hosts', 'guests', 'gateways'];
const RULE_SECTIONS = ['policy', 'expect'];
/** Nothing refers to these. */
const PLAIN_KEYS = ['topology', 'description'];
const STAND_IN_NAME = 'unnamed';

/** Somewhere an error can stand, and what goes with it: a section as such, or one entry or rule of it. */
interface Part {
  readonly place: Place;
  readonly section: string;
  readonly entry: string | number | null;
}

/** `undefined` where an error stands in no single entry or rule, so that nothing can be told of what it spoils. */
export function salvage(root: TreeNode, diagnostics: readonly Diagnostic[]): Salvaged | undefined {
  if (root.type !== 'map') return undefined;
  const parts = partsOf(root);
  const spoiled = new Map<string, Set<string | number>>();
  for (const each of diagnostics.filter((one) => hasErrors([one]))) {
    const part = parts.findLast(({ place }) => !isBefore(each, place));
    if (part === undefined || PLAIN_KEYS.includes(part.section)) continue;
    // A mistyped `guests:`, or a `for:` that would have made things: any name may have been declared there.
    if (part.entry === null || !isSection(part.section)) return undefined;
    spoiled.set(part.section, (spoiled.get(part.section) ?? new Set()).add(part.entry));
  }
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of root.entries) {
    if (isSection(key)) entries.set(key, { ...entry, value: without(entry.value, spoiled.get(key) ?? new Set()) });
  }
  entries.set('topology', standInName(root, diagnostics));
  const damaged = NAMED_SECTIONS.flatMap((section) => [...(spoiled.get(section) ?? [])].map(String));
  return { tree: { ...root, entries }, damaged: new Set(damaged) };
}

function isSection(key: string): boolean {
  return NAMED_SECTIONS.includes(key) || RULE_SECTIONS.includes(key);
}

function partsOf(root: MapNode): readonly Part[] {
  const parts: Part[] = [];
  for (const [section, { keyPlace, value }] of root.entries) {
    parts.push({ place: keyPlace, section, entry: null });
    if (NAMED_SECTIONS.includes(section) && value.type === 'map') {
      for (const [entry, { keyPlace: place }] of value.entries) parts.push({ place, section, entry });
    }
    if (RULE_SECTIONS.includes(section) && value.type === 'list') {
      for (const [entry, { place }] of value.items.entries()) parts.push({ place, section, entry });
    }
  }
  return parts.sort((a, b) => (isBefore(a.place, b.place) ? -1 : 1));
}

function isBefore(left: Place, right: Place): boolean {
  return left.line < right.line || (left.line === right.line && left.column < right.column);
}

function without(node: TreeNode, spoiled: ReadonlySet<string | number>): TreeNode {
  if (spoiled.size === 0) return node;
  if (node.type === 'map') return { ...node, entries: new Map([...node.entries].filter(([key]) => !spoiled.has(key))) };
  if (node.type === 'list')
    return { ...node, items: node.items.filter((_, index) => !spoiled.has(index)) } satisfies ListNode;
  return node;
}

/** The file's own name where it is sound; any will do otherwise, since nothing is made of a file with errors. */
function standInName(root: MapNode, diagnostics: readonly Diagnostic[]): MapEntry {
  const written = root.entries.get('topology');
  const sound = written?.value.type === 'scalar' && !diagnostics.some((each) => each.line === written.value.place.line);
  if (written !== undefined && sound) return written;
  const { place } = root;
  return {
    key: 'topology',
    keyPlace: place,
    value: { type: 'scalar', value: STAND_IN_NAME, text: STAND_IN_NAME, place, inside: null },
  };
}
