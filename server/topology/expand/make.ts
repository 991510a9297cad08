/**
 * Making what the templates describe: the same nodes with every expression worked out, each with the place of the template and
 * how it came about. What no expression stands in is shared, where it was not repeated either.
 */
import { quoted } from '../../core/visible-text.ts';
import { entriesOfMap } from '../few-entries.ts';
import { NAMED_SECTIONS, RULE_SECTIONS } from '../sections.ts';
import { placeInside, placeInsideKey, type MapEntry, type MapNode, type ScalarNode, type TreeNode } from '../tree.ts';
import { isValue, placed, workOut, workOutTemplate, type Frame, type Run } from './frame.ts';

/** What could not be made for want of a value: told already, and to be left out of what is checked further. */
export interface Losses {
  /** Named entries of sections that are left out, in whole or in part. */
  readonly damaged: { readonly section: string; readonly name: string }[];
  /** Whether something is left out whose name is not known. */
  nameless: boolean;
}

/** A section as it stands in a file or in a round; `undefined` where nothing of it could be made. */
export function makeSection(entry: MapEntry, frame: Frame, run: Run, losses: Losses): MapEntry | undefined {
  const { key, value } = entry;
  const keyPlace = placed(entry.keyPlace, frame.via);
  if (isUntouched(value, frame)) return entry;
  if (value.type === 'map' && NAMED_SECTIONS.includes(key)) {
    const lose = (name: string | undefined): void => {
      if (name === undefined) losses.nameless = true;
      else losses.damaged.push({ section: key, name });
    };
    return { key, keyPlace, value: makeMap(value, frame, run, lose) };
  }
  if (value.type === 'list' && RULE_SECTIONS.includes(key)) {
    const items = value.items.map((item) => makeNode(item, frame, run)).filter((item) => item !== undefined);
    return { key, keyPlace, value: { type: 'list', place: placed(value.place, frame.via), items } };
  }
  const made = makeNode(value, frame, run);
  if (made === undefined) losses.nameless = true;
  return made === undefined ? undefined : { key, keyPlace, value: made };
}

/** Whether it is the same here as in the file. */
function isUntouched(node: TreeNode, { outline, via }: Frame): boolean {
  return via === undefined && !outline.templates.dynamic.has(node);
}

/** `undefined` where anything in it could not be made; all of it is told. */
function makeNode(node: TreeNode, frame: Frame, run: Run): TreeNode | undefined {
  if (isUntouched(node, frame)) return node;
  switch (node.type) {
    case 'scalar':
      return makeScalar(node, frame, run);
    case 'list': {
      const items = node.items.map((item) => makeNode(item, frame, run)).filter((item) => item !== undefined);
      return items.length === node.items.length
        ? { type: 'list', place: placed(node.place, frame.via), items }
        : undefined;
    }
    case 'map': {
      const lost: unknown[] = [];
      const made = makeMap(node, frame, run, (key) => lost.push(key));
      return lost.length > 0 ? undefined : made;
    }
  }
}

/** @param lose is told of each entry that could not be made, by its key where that is known. */
function makeMap(node: MapNode, frame: Frame, run: Run, lose: (key: string | undefined) => unknown): MapNode {
  const entries = new Map<string, MapEntry>();
  for (const entry of node.entries.values()) {
    const key = makeKey(entry, frame, run);
    const value = makeNode(entry.value, frame, run);
    if (key === undefined || value === undefined) {
      lose(key);
      continue;
    }
    const keyPlace = placed(entry.keyPlace, frame.via);
    const first = entries.get(key);
    if (first === undefined) entries.set(key, { key, keyPlace, value });
    else {
      const detail = `${quoted(key)} stands twice in this map; only one of them could count.`;
      run.problems.add('duplicate-key', keyPlace, detail, {
        related: [{ ...first.keyPlace, message: 'first written here' }],
      });
      lose(key);
    }
  }
  return { type: 'map', place: placed(node.place, frame.via), entries: entriesOfMap(entries) };
}

function makeKey(entry: MapEntry, frame: Frame, run: Run): string | undefined {
  const template = frame.outline.templates.ofKey.get(entry);
  if (template === undefined) return entry.key;
  const value = workOutTemplate(template, frame, run);
  if (isValue(value)) return String(value);
  if (value !== undefined) {
    const { code, detail, hint, offset } = value.problem;
    run.problems.add(code, placed(placeInsideKey(entry, offset), frame.via), detail, { hint });
  }
  return undefined;
}

function makeScalar(node: ScalarNode, frame: Frame, run: Run): ScalarNode | undefined {
  const { via, outline } = frame;
  const place = placed(node.place, via);
  if (!outline.templates.ofScalar.has(node)) {
    const inside = node.inside === node.place ? place : node.inside && placed(node.inside, via);
    return { type: 'scalar', value: node.value, text: node.text, place, inside };
  }
  const value = workOut(node, frame, run);
  // What comes out is a value, never YAML that would be read again.
  if (isValue(value)) return { type: 'scalar', value, text: String(value), place, inside: null, template: node.text };
  if (value !== undefined) {
    const { code, detail, hint, offset } = value.problem;
    run.problems.add(code, placed(placeInside(node, offset), via), detail, { hint });
  }
  return undefined;
}
