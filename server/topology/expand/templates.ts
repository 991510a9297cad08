/** Every `${…}` of a file, read once before anything is made of it, and how much there is of each part. */
import type { Place } from '../../core/place.ts';
import { unknown } from '../expression/evaluate.ts';
import type { NameUse } from '../expression/parse.ts';
import { isTemplate, parseTemplate, type Template } from '../expression/template.ts';
import { isNamedEntry } from '../names.ts';
import type { Problem } from '../problem.ts';
import type { Problems } from '../problems.ts';
import { placeInside, placeInsideKey, type MapEntry, type ScalarNode, type TreeNode, type TreePath } from '../tree.ts';

/** What was found in one file. A template is `null` where it is wrong, which was told. */
export interface Templates {
  readonly ofScalar: Map<ScalarNode, Template | null>;
  readonly ofKey: Map<MapEntry, Template | null>;
  /** The maps, lists and values that something is to be worked out in. */
  readonly dynamic: Set<TreeNode>;
  /** Parameters and variables that are spoken of. */
  readonly used: Set<string>;
  /** Whether all of them could be read. */
  whole: boolean;
  readonly problems: Problems;
}

/** What may be spoken of at some place of a file, and where it was declared. */
export type KnownNames = ReadonlyMap<string, Place>;

export interface Size {
  /** Entries of sections, bridges and NICs, and items of lists. */
  readonly objects: number;
  readonly nodes: number;
}

export function newTemplates(problems: Problems): Templates {
  return { ofScalar: new Map(), ofKey: new Map(), dynamic: new Set(), used: new Set(), whole: true, problems };
}

/** Reads the templates of a part of the file; `path` is where it stands in a topology. */
export function survey(node: TreeNode, path: TreePath, known: KnownNames, templates: Templates): Size {
  if (node.type === 'scalar') {
    if (isTemplate(node.text) && surveyScalar(node, known, templates)) templates.dynamic.add(node);
    return { objects: 0, nodes: 1 };
  }
  let [objects, nodes] = [0, 1];
  const add = (value: TreeNode, step: string | number): void => {
    const size = survey(value, [...path, step], known, templates);
    objects += size.objects;
    nodes += size.nodes;
    if (templates.dynamic.has(value)) templates.dynamic.add(node);
  };
  if (node.type === 'list') {
    for (const [index, item] of node.items.entries()) add(item, index);
    return { objects: objects + node.items.length, nodes };
  }
  for (const entry of node.entries.values()) {
    if (surveyKey(entry, known, templates)) templates.dynamic.add(node);
    if (isNamedEntry([...path, entry.key])) objects += 1;
    nodes += 1;
    add(entry.value, entry.key);
  }
  return { objects, nodes };
}

/** Whether there is one. A number or an empty value is never a template, whatever it looks like. */
export function surveyScalar(node: ScalarNode, known: KnownNames, templates: Templates): boolean {
  if (!isTemplate(node.text)) return false;
  const at = (offset: number): Place => placeInside(node, offset);
  templates.ofScalar.set(node, checked(node.text, templates.ofScalar.get(node), at, known, templates));
  return true;
}

function surveyKey(entry: MapEntry, known: KnownNames, templates: Templates): boolean {
  if (!isTemplate(entry.key)) return false;
  const at = (offset: number): Place => placeInsideKey(entry, offset);
  templates.ofKey.set(entry, checked(entry.key, templates.ofKey.get(entry), at, known, templates));
  return true;
}

function checked(
  text: string,
  before: Template | null | undefined,
  at: (offset: number) => Place,
  known: KnownNames,
  templates: Templates,
): Template | null {
  const { used, problems } = templates;
  if (before === null) return null;
  const tell = ({ code, detail, hint, offset }: Problem): void => {
    problems.add(code, at(offset), detail, { hint });
  };
  const read = before === undefined ? parseTemplate(text) : undefined;
  if (read?.ok === false) {
    tell(read.problem);
    templates.whole = false;
    return null;
  }
  const template = before ?? read?.value ?? null;
  const strange = (template?.names ?? []).filter(({ name }) => !known.has(name));
  for (const each of template?.names ?? []) used.add(each.name);
  for (const { name, offset } of firstOfEach(strange)) tell(unknown(name, offset, [...known.keys()]).problem);
  return strange.length === 0 ? template : null;
}

function firstOfEach(names: readonly NameUse[]): readonly NameUse[] {
  return names.filter(({ name }, index) => names.findIndex((each) => each.name === name) === index);
}
