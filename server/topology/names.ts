/** Keys that are names: what is named at which path, and the form of such a name. */
import { parseBorrowedPort, parseBridgeName } from './grammar/interface-name.ts';
import { parseName, parseReference } from './grammar/name.ts';
import type { Problems } from './problems.ts';
import type { Reading } from './problem.ts';
import type { MapNode, TreeNode, TreePath } from './tree.ts';

interface NamedMap {
  /** `*` stands for any key or index. */
  readonly path: readonly string[];
  readonly parse: (text: string) => Reading<unknown>;
}

const NAMED_MAPS: readonly NamedMap[] = [
  { path: ['networks'], parse: parseName },
  { path: ['hosts'], parse: parseName },
  { path: ['hosts', '*', 'bonds'], parse: parseBridgeName },
  { path: ['hosts', '*', 'bonds', '*', 'ports'], parse: parseBorrowedPort },
  { path: ['hosts', '*', 'bonds', '*', 'ports', '*'], parse: parseBorrowedPort },
  { path: ['hosts', '*', 'bridges'], parse: parseBridgeName },
  { path: ['hosts', '*', 'bridges', '*', 'ports'], parse: parseBorrowedPort },
  { path: ['hosts', '*', 'bridges', '*', 'ports', '*'], parse: parseBorrowedPort },
  { path: ['hosts', '*', 'nics'], parse: parseReference },
  { path: ['guests'], parse: parseName },
  { path: ['guests', '*', 'nics'], parse: parseReference },
  { path: ['gateways'], parse: parseName },
  { path: ['gateways', '*', 'nics'], parse: parseReference },
  { path: ['gateways', '*', 'nics', '*', 'address'], parse: parseReference },
];

/** Whether an entry of a named map stands at this path. */
export function isNamedEntry(path: TreePath): boolean {
  return NAMED_MAPS.some(
    (map) => path.length === map.path.length + 1 && map.path.every((step, at) => step === '*' || step === path[at]),
  );
}

export function checkNames(root: TreeNode, problems: Problems): void {
  for (const { path, parse } of NAMED_MAPS) {
    for (const map of mapsAt(root, path)) checkKeys(map, parse, problems);
  }
}

function checkKeys(map: MapNode, parse: NamedMap['parse'], problems: Problems): void {
  for (const { key, keyPlace } of map.entries.values()) {
    const reading = parse(key);
    if (reading.ok) continue;
    const { code, detail, hint } = reading.problem;
    problems.add(code, keyPlace, detail, { hint });
  }
}

function mapsAt(root: TreeNode, path: readonly string[]): readonly MapNode[] {
  let nodes: TreeNode[] = [root];
  for (const step of path) nodes = nodes.flatMap((node) => childrenAt(node, step));
  return nodes.filter((node) => node.type === 'map');
}

function childrenAt(node: TreeNode, step: string): TreeNode[] {
  if (node.type === 'list') return step === '*' ? [...node.items] : [];
  if (node.type !== 'map') return [];
  if (step === '*') return [...node.entries.values()].map((entry) => entry.value);
  const entry = node.entries.get(step);
  return entry === undefined ? [] : [entry.value];
}
