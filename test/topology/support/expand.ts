/** Templates carried out on texts, for tests: what comes out, and what is told. */
import { expect } from 'vitest';
import { foldRepeats } from '../../../server/core/repeats.ts';
import { expandTree, type Expanded } from '../../../server/topology/expand/expand.ts';
import type { ReadPart } from '../../../server/topology/expand/parts.ts';
import { plainOf } from '../../../server/topology/plain.ts';
import { collectProblems } from '../../../server/topology/problems.ts';
import { nodeAt, type TreeNode, type TreePath } from '../../../server/topology/tree.ts';
import { readYaml } from '../../../server/topology/yaml/read-yaml.ts';

type Files = Readonly<Record<string, string>>;

export interface Outcome extends Expanded {
  /** As if it had been written out, as text, so that `__proto__` is a key like any other. */
  readonly plain: string;
  /** `CODE LINE:COLUMN`, with the file where it is not the topology's own. */
  readonly told: readonly string[];
}

export function reader(files: Files): ReadPart {
  return (file) => {
    const text = files[file];
    return text === undefined ? { reason: `${file} is not there.`, hint: 'write it' } : { text };
  };
}

export function expand(text: string, files: Files = {}, set: Readonly<Record<string, string>> = {}): Outcome {
  const problems = collectProblems();
  const tree = readYaml({ file: 'shop.yaml', text }, problems);
  if (tree === null) throw new Error('no YAML');
  const expanded = expandTree(
    tree,
    'shop.yaml',
    { set: new Map(Object.entries(set)), readPart: reader(files) },
    problems,
  );
  const told = foldRepeats(problems.sorted()).map(
    ({ code, file, line, column }) =>
      `${code} ${file === 'shop.yaml' ? '' : `${file}:`}${String(line)}:${String(column)}`,
  );
  return { ...expanded, plain: JSON.stringify(plainOf(expanded.tree)), told };
}

/** What comes out of a text that nothing is wrong with. */
export function made(text: string, files: Files = {}, set: Readonly<Record<string, string>> = {}): unknown {
  const { plain, told, refused } = expand(text, files, set);
  expect(told).toEqual([]);
  expect(refused).toBeUndefined();
  return JSON.parse(plain);
}

export function at({ tree }: Expanded, ...path: TreePath): TreeNode {
  const node = nodeAt(tree, path);
  if (node === undefined) throw new Error(`nothing at ${path.join('.')}`);
  return node;
}
