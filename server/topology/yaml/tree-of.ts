/**
 * YAML nodes → located tree. Aliases are followed (a node then stands at several paths); tags, merge keys and keys that are
 * not plain words are told as problems.
 */
import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type Scalar } from 'yaml';
import type { Place } from '../../core/place.ts';
import { quoted } from '../../core/visible-text.ts';
import { MAX_ALIASED_NODES, MAX_DEPTH } from '../limits.ts';
import type { Problems } from '../problems.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, TreeNode } from '../tree.ts';

const CORE_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

interface Anchored {
  readonly node: TreeNode;
  readonly size: number;
  readonly depth: number;
}

interface Reader {
  readonly text: string;
  readonly placeAt: (offset: number) => Place;
  readonly problems: Problems;
  /** `null` while the node that has the anchor is still being read. */
  readonly anchors: Map<string, Anchored | null>;
  aliased: number;
  tooLarge: boolean;
}

/** `null` where aliases make it too large. */
export function treeOf(
  root: ParsedNode,
  text: string,
  placeAt: (offset: number) => Place,
  problems: Problems,
): TreeNode | null {
  const reader: Reader = { text, placeAt, problems, anchors: new Map(), aliased: 0, tooLarge: false };
  const { node } = read(root, reader, 0);
  return reader.tooLarge ? null : node;
}

function read(node: ParsedNode | null, reader: Reader, offset: number): Anchored {
  if (node === null) return leaf(emptyScalar(reader.placeAt(offset)));
  if (isAlias(node)) return followAlias(node.source, reader.placeAt(node.range[0]), reader);
  const anchor = node.anchor;
  if (anchor !== undefined) reader.anchors.set(anchor, null);
  checkTag(node, reader);
  const made = isMap(node)
    ? readMap(node, reader)
    : isSeq(node)
      ? readList(node, reader)
      : leaf(readScalar(node, reader));
  if (anchor !== undefined) reader.anchors.set(anchor, made);
  return made;
}

function followAlias(name: string, place: Place, reader: Reader): Anchored {
  const target = reader.anchors.get(name);
  if (target === undefined) {
    reader.problems.add('not-yaml', place, `No anchor ${quoted(`&${name}`)} stands before this alias.`);
  } else if (target === null) {
    reader.problems.add(
      'too-large',
      place,
      `The alias ${quoted(`*${name}`)} stands inside what it repeats, without end.`,
    );
    reader.tooLarge = true;
  }
  if (target === undefined || target === null) return leaf(emptyScalar(place));
  reader.aliased += target.size;
  if (reader.aliased > MAX_ALIASED_NODES && !reader.tooLarge) {
    const detail = `With this alias the file grows by more than ${String(MAX_ALIASED_NODES)} values.`;
    reader.problems.add('too-large', place, detail, {
      hint: 'write fewer aliases of parts that hold aliases themselves',
    });
    reader.tooLarge = true;
  }
  return target;
}

function readList(node: ParsedNode & { items: unknown[] }, reader: Reader): Anchored {
  const items: TreeNode[] = [];
  let size = 1;
  let depth = 0;
  for (const item of node.items as (ParsedNode | null)[]) {
    if (reader.tooLarge) break;
    const made = read(item, reader, node.range[0]);
    items.push(made.node);
    size += made.size;
    depth = Math.max(depth, made.depth);
  }
  const list: ListNode = { type: 'list', place: reader.placeAt(node.range[0]), items };
  return measured(list, size, depth + 1, reader);
}

function readMap(node: ParsedNode & { items: unknown[] }, reader: Reader): Anchored {
  const entries = new Map<string, MapEntry>();
  let size = 1;
  let depth = 0;
  for (const pair of node.items as Pair<ParsedNode, ParsedNode | null>[]) {
    if (reader.tooLarge) break;
    const key = readKey(pair.key, reader);
    const made = read(pair.value, reader, pair.key.range[1]);
    size += made.size + 1;
    depth = Math.max(depth, made.depth);
    if (key === null) continue;
    const first = entries.get(key.text);
    if (first === undefined) {
      entries.set(key.text, { key: key.text, keyPlace: key.place, keyInside: key.inside, value: made.node });
    } else {
      reader.problems.add(
        'duplicate-key',
        key.place,
        `${quoted(key.text)} stands twice in this map; only one of them could count.`,
        {
          related: [{ ...first.keyPlace, message: 'first written here' }],
        },
      );
    }
  }
  const map: MapNode = { type: 'map', place: reader.placeAt(node.range[0]), entries };
  return measured(map, size, depth + 1, reader);
}

function readKey(
  node: ParsedNode,
  reader: Reader,
): { readonly text: string; readonly place: Place; readonly inside: Place | null } | null {
  const place = reader.placeAt(node.range[0]);
  if (!isScalar(node)) {
    reader.problems.add('yaml-feature', place, 'A key is one word here, not a map, a list or an alias.', {
      hint: 'put a name that begins with a special character in quotes',
    });
    return null;
  }
  checkTag(node, reader);
  const text = textOf(node);
  if (node.anchor !== undefined) reader.anchors.set(node.anchor, leaf(readScalar(node, reader)));
  if (text === '<<') {
    reader.problems.add('yaml-feature', place, 'Merge keys (`<<`) are no part of YAML 1.2.', {
      hint: 'write the keys out',
    });
    return null;
  }
  return { text, place, inside: insideOf(node, text, place, reader) };
}

function readScalar(node: Scalar.Parsed, reader: Reader): ScalarNode {
  const text = textOf(node);
  const place = reader.placeAt(node.range[0]);
  const inside = insideOf(node, text, place, reader);
  return { type: 'scalar', value: valueOf(node.value, text), text, place, inside };
}

/** Where the text itself begins; `null` where file and text do not run in step. */
function insideOf(node: Scalar.Parsed, text: string, place: Place, reader: Reader): Place | null {
  const shift = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
  if (text.includes('\n') || !reader.text.startsWith(text, node.range[0] + shift)) return null;
  return shift === 0 ? place : { ...place, column: place.column + shift };
}

/** Scalars of the core schema. What cannot be one (a BigInt, a tag's own object) stays text. */
function valueOf(value: unknown, text: string): ScalarNode['value'] {
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null;
  return plain ? value : text;
}

function textOf(node: Scalar): string {
  return node.source ?? String(node.value);
}

function checkTag(node: ParsedNode, reader: Reader): void {
  if (node.tag === undefined || CORE_TAGS.has(node.tag)) return;
  reader.problems.add(
    'yaml-feature',
    reader.placeAt(node.range[0]),
    `Topology files know no tag ${quoted(node.tag)}.`,
    {
      hint: 'put a value that begins with `!` in quotes',
    },
  );
}

function measured(node: TreeNode, size: number, depth: number, reader: Reader): Anchored {
  if (depth > MAX_DEPTH && !reader.tooLarge) {
    reader.problems.add(
      'too-large',
      node.place,
      `More than ${String(MAX_DEPTH)} maps and lists stand inside each other.`,
    );
    reader.tooLarge = true;
  }
  return { node, size, depth };
}

function leaf(node: ScalarNode): Anchored {
  return { node, size: 1, depth: 0 };
}

function emptyScalar(place: Place): ScalarNode {
  return { type: 'scalar', value: null, text: '', place, inside: place };
}
