/**
 * What can still be understood of a file that has errors: the tree without the named entries and rules that an error stands in.
 * So one run tells of a mistyped address and of a name that points nowhere, and neither hides the other.
 */
import { hasErrors, type Diagnostic } from '../core/diagnostic.ts';
import { comparePlaces, type Origin, type Place } from '../core/place.ts';
import { FILE_KEYS, NAMED_SECTIONS, RULE_SECTIONS } from './sections.ts';
import { standIn } from './stand-in.ts';
import type { ListNode, MapEntry, MapNode, TreeNode } from './tree.ts';

export interface Salvaged {
  readonly tree: MapNode;
  /** Names of the networks, hosts, guests and gateways that were left out. */
  readonly damaged: ReadonlySet<string>;
}

/** What an error can stand in: a section as such, or one entry or rule of it. */
interface Part {
  readonly section: string;
  readonly entry: string | number | null;
}

/** Somewhere in the tree, and the part it belongs to. */
interface Mark {
  readonly place: Place;
  readonly part: Part;
}

/**
 * @param lost named entries that were left out before.
 * `undefined` where an error stands in no single entry or rule, so that nothing can be told of what it spoils.
 */
export function salvage(
  root: TreeNode,
  diagnostics: readonly Diagnostic[],
  lost: readonly { readonly section: string; readonly name: string }[] = [],
): Salvaged | undefined {
  if (root.type !== 'map') return undefined;
  const errors = diagnostics.filter((each) => hasErrors([each])).flatMap(allPlaces);
  const spoiled = new Map<string, Set<string | number>>();
  const spoil = (section: string, entry: string | number): void => {
    spoiled.set(section, (spoiled.get(section) ?? new Set()).add(entry));
  };
  for (const { section, name } of lost) spoil(section, name);
  for (const { section, entry } of partsWith(errors, root)) {
    if (FILE_KEYS.includes(section)) continue;
    // A mistyped `guests:`: any name may have been declared there.
    if (entry === null || !isSection(section)) return undefined;
    spoil(section, entry);
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

/** Every place that a diagnostic is about: what a template has wrong, it has wrong in each round. */
function allPlaces(each: Diagnostic): readonly Place[] {
  return [each, ...(each.repeats ?? []).map((via) => ({ file: each.file, line: each.line, column: each.column, via }))];
}

/**
 * The parts that the places stand in: a place belongs to what begins last before it. Rounds of a template and parts of other
 * files have the same lines, so each is looked at by itself.
 */
function partsWith(places: readonly Place[], root: MapNode): readonly Part[] {
  const wanted = new Map<Origin | undefined, Map<string, Mark[]>>();
  for (const { via, file } of places) {
    const files = wanted.get(via) ?? new Map<string, Mark[]>();
    wanted.set(via, files.set(file, []));
  }
  eachMark(root, (place, part) => wanted.get(place.via)?.get(place.file)?.push({ place, part }));
  for (const files of wanted.values()) {
    for (const marks of files.values()) marks.sort((a, b) => comparePlaces(a.place, b.place));
  }
  return places.flatMap((place) => partsAt(wanted.get(place.via)?.get(place.file) ?? [], place));
}

/** Several where what stands there is an alias. */
function partsAt(marks: readonly Mark[], place: Place): readonly Part[] {
  let [from, to] = [0, marks.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const mark = marks[middle];
    if (mark !== undefined && comparePlaces(mark.place, place) <= 0) from = middle + 1;
    else to = middle;
  }
  const last = marks[from - 1];
  const parts: Part[] = [];
  for (let at = from - 1; last !== undefined && at >= 0; at -= 1) {
    const mark = marks[at];
    if (mark === undefined || comparePlaces(mark.place, last.place) < 0) break;
    parts.push(mark.part);
  }
  return parts;
}

type SeeMark = (place: Place, part: Part) => unknown;

function eachMark(root: MapNode, see: SeeMark): void {
  for (const [section, { keyPlace, value }] of root.entries) {
    const whole: Part = { section, entry: null };
    see(keyPlace, whole);
    if (NAMED_SECTIONS.includes(section) && value.type === 'map') {
      for (const [entry, inner] of value.entries) markEntry(inner, { section, entry }, see);
    } else if (RULE_SECTIONS.includes(section) && value.type === 'list') {
      for (const [entry, item] of value.items.entries()) markNode(item, { section, entry }, see);
    } else if (!isSection(section)) {
      markNode(value, whole, see);
    }
  }
}

function markEntry({ keyPlace, value }: MapEntry, part: Part, see: SeeMark): void {
  see(keyPlace, part);
  markNode(value, part, see);
}

function markNode(node: TreeNode, part: Part, see: SeeMark): void {
  see(node.place, part);
  if (node.type === 'list') for (const item of node.items) markNode(item, part, see);
  if (node.type === 'map') for (const entry of node.entries.values()) markEntry(entry, part, see);
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
  const spoiled = diagnostics.some(
    (each) => each.line === written?.value.place.line && each.file === written.value.place.file,
  );
  if (written?.value.type === 'scalar' && !spoiled) return written;
  return { key: 'topology', keyPlace: root.place, value: standIn(root.place) };
}
