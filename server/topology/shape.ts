/**
 * Plain value → parts, through the schemas; what zod finds wrong becomes problems with a place. Of a value with several
 * forms (`shop: 10.1.1.10`, a list, a map) only the form that the user meant is spoken of.
 */
import * as z from 'zod';
import { nearestHint } from '../core/nearest.ts';
import { quoted } from '../core/visible-text.ts';
import { plainOf } from './plain.ts';
import type { Problem } from './problem.ts';
import type { Problems } from './problems.ts';
import { keysAt, schemasAt, sortsAt } from './schema/schema-at.ts';
import { TopologyPart } from './schema/topology.ts';
import { TEMPLATE_KEYS } from './sections.ts';
import { headingPlace, nodeAt, placeInside, type TreeNode, type TreePath } from './tree.ts';

type Issue = z.core.$ZodIssue;

interface Shape {
  readonly root: TreeNode;
  readonly problems: Problems;
}

/** `null` where a problem was found. */
export function checkShape(root: TreeNode, problems: Problems): TopologyPart | null {
  const result = TopologyPart.safeParse(plainOf(root), { error: unworded });
  if (result.success) return result.data;
  for (const issue of result.error.issues) tellIssue(issue, [], { root, problems });
  return null;
}

/** What is told is worded here: the library's own sentences, made for each of its issues, would take half of the time. */
function unworded(): string {
  return '';
}

function tellIssue(issue: Issue, above: TreePath, shape: Shape): void {
  const path: TreePath = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  switch (issue.code) {
    case 'unrecognized_keys':
      tellUnknownKeys(issue.keys, path, shape);
      return;
    case 'invalid_union':
      tellUnion(issue, path, shape);
      return;
    case 'custom':
      tellProblem(issue, path, shape);
      return;
    case 'too_small':
    case 'too_big':
      tellSize(issue, path, shape);
      return;
    case 'invalid_type':
      tellType(path, shape);
      return;
    default:
      // The schemas use nothing that answers otherwise; a new form of theirs must be told apart here.
      throw new TypeError(`unexpected schema issue ${issue.code} at ${path.join('.')}`);
  }
}

function tellUnknownKeys(keys: readonly string[], path: TreePath, { root, problems }: Shape): void {
  const owner = thing(path);
  for (const key of keys) {
    const place = headingPlace(root, [...path, key]);
    if (problems.repeats('unknown-key', place)) continue;
    const templates = path.length === 0 ? TEMPLATE_KEYS : [];
    const known = [...keysAt(TopologyPart, path), ...templates];
    const detail = `${quoted(key)} is no key of ${owner}.`;
    if (problems.isFull()) problems.add('unknown-key', place, detail);
    else problems.add('unknown-key', place, detail, { hint: keyHint(key, known, path) });
  }
}

function keyHint(key: string, known: readonly string[], path: TreePath): string {
  const under = known.find((each) => keysAt(TopologyPart, [...path, each]).includes(key));
  if (under !== undefined) return `it stands under \`${under}\``;
  return nearestHint(key, known) ?? `known here: ${known.map((each) => `\`${each}\``).join(', ')}`;
}

function tellUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: TreePath, shape: Shape): void {
  const meant = issue.errors.find((branch) => !branch.some(isMismatch));
  if (meant === undefined) tellType(path, shape);
  else for (const inner of meant) tellIssue(inner, path, shape);
}

/** Whether the value is of another sort altogether than the form asks for. */
function isMismatch(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_type') return true;
  return issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(isMismatch));
}

function tellProblem(issue: Extract<Issue, { code: 'custom' }>, path: TreePath, { root, problems }: Shape): void {
  const { code, detail, hint, offset, at } = issue.params?.['problem'] as Problem;
  const node = nodeAt(root, path);
  const place = at === 'key' || node === undefined ? headingPlace(root, path) : placeInside(node, offset);
  const named = at === 'key' ? detail.replace('This key', quoted(String(path.at(-1)))) : detail;
  problems.add(code, place, named, { hint });
}

function tellSize(
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
  path: TreePath,
  { root, problems }: Shape,
): void {
  const place = nodeAt(root, path)?.place ?? headingPlace(root, path);
  if (problems.repeats(issue.origin === 'array' ? 'empty-list' : 'out-of-range', place)) return;
  if (issue.origin === 'array') {
    problems.add('empty-list', place, `${subject(path)} needs at least one value.`);
    return;
  }
  const bounds = numberBounds(path);
  const node = nodeAt(root, path);
  // Of a value that was worked out the line in the file shows only how.
  const found = node?.type === 'scalar' && node.template !== undefined ? `; this is ${node.text}` : '';
  problems.add(
    'out-of-range',
    place,
    `${subject(path)} goes from ${String(bounds.minimum)} to ${String(bounds.maximum)}${found}.`,
  );
}

function numberBounds(path: TreePath): { minimum: number; maximum: number } {
  const number = schemasAt(TopologyPart, path).find((form) => form instanceof z.ZodNumber);
  return { minimum: number?.minValue ?? 0, maximum: number?.maxValue ?? Number.MAX_SAFE_INTEGER };
}

function tellType(path: TreePath, shape: Shape): void {
  const { root, problems } = shape;
  const node = nodeAt(root, path);
  if (node === undefined) {
    tellMissing(path, shape);
    return;
  }
  const wanted = sortsAt(TopologyPart, path);
  if (node.type === 'scalar') {
    if (node.value === null) {
      // An alias that leads nowhere was told already.
      if (problems.hasAt(node.place)) return;
      problems.add('missing-key', headingPlace(root, path), `${subject(path)} has no value; it takes ${wanted}.`);
      return;
    }
  }
  problems.add('wrong-type', node.place, `${subject(path)} takes ${wanted}; this is ${sortOf(node)}.`, {
    hint: typeHint(node, wanted),
  });
}

function tellMissing(path: TreePath, { root, problems }: Shape): void {
  const description = describedAt(path);
  const meaning = description === undefined ? '' : ` (${description})`;
  const owner = thing(path.slice(0, -1));
  const detail = `${owner.charAt(0).toUpperCase()}${owner.slice(1)} has no ${quoted(String(path.at(-1)))}${meaning}.`;
  problems.add('missing-key', headingPlace(root, path), detail);
}

function sortOf(node: TreeNode): string {
  if (node.type === 'list') return 'a list';
  if (node.type === 'map') return 'a map';
  if (typeof node.value === 'boolean') return `${quoted(node.text)}, which YAML reads as yes or no`;
  if (typeof node.value === 'number') return `the number ${quoted(node.text)}`;
  return `the text ${quoted(node.text)}`;
}

function typeHint(node: TreeNode, wanted: string): string | undefined {
  if (node.type === 'list') {
    const [only, second] = node.items;
    const single = only?.type === 'scalar' && second === undefined && wanted === 'text';
    return single ? `write ${quoted(only.text)} without brackets` : undefined;
  }
  if (node.type === 'map') return undefined;
  if (wanted === 'a whole number') {
    if (node.template !== undefined && typeof node.value === 'string')
      return 'text around `${…}` makes it text: let one `${…}` alone come to the number';
    const number = Number(node.text);
    return Number.isSafeInteger(number) && number >= 0 && node.text.trim() !== ''
      ? `write ${String(number)}, without quotes`
      : undefined;
  }
  if (typeof node.value !== 'string') return wanted === 'text' ? 'put it in quotes if it is meant as text' : undefined;
  if (wanted !== '`true` or `false`') return undefined;
  if (/^(yes|on)$/i.test(node.text)) return 'write `true`';
  return /^(no|off)$/i.test(node.text) ? 'write `false`' : undefined;
}

/** The thing at a path, as a sentence begins: "`vlan`", "An item of `policy`". */
function subject(path: TreePath): string {
  const last = path.at(-1);
  if (last === undefined) return 'A topology file';
  if (typeof last === 'string') return quoted(last);
  return `An item of ${quoted(path.findLast((step) => typeof step === 'string') ?? 'the file')}`;
}

/** What a named entry of a map is called. */
const THINGS = new Map([
  ['networks', 'network'],
  ['hosts', 'host'],
  ['guests', 'guest'],
  ['gateways', 'gateway'],
  ['bridges', 'bridge'],
  ['ports', 'port'],
  ['nics', 'NIC'],
]);

/** What stands at a path, inside a sentence: "guest `web1`", "an item of `policy`". */
function thing(path: TreePath): string {
  const last = path.at(-1);
  if (last === undefined) return 'a topology file';
  if (typeof last === 'number') return `an item of ${quoted(String(path.at(-2)))}`;
  const map = path.slice(0, -1).findLast((step) => typeof step === 'string');
  const kind = THINGS.get(String(map));
  return kind === undefined ? quoted(last) : `${kind} ${quoted(last)}`;
}

function describedAt(path: TreePath): string | undefined {
  const owner = schemasAt(TopologyPart, path.slice(0, -1)).map((form) => (form as z.core.$ZodTypes)._zod.def);
  for (const def of owner) {
    const key = path.at(-1);
    if (def.type !== 'object' || key === undefined || !Object.hasOwn(def.shape, key)) continue;
    const schema = def.shape[key] as z.ZodType | undefined;
    if (schema?.description !== undefined) return schema.description;
  }
  return undefined;
}
