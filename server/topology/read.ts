/**
 * The first stage: text → Topology. In comes one file as text; out comes what it says, every part with its place, or all that
 * is wrong with its shape. Nothing is looked up, nothing is understood: whether a name points anywhere and whether addresses
 * clash is for `server/model` to say. Pure; the file is read by `load.ts`.
 *
 *   text → located tree (`yaml/`) → plain value (`plain.ts`) → parts (`schema/`, with `grammar/`) → Topology (`build/`)
 *
 * Whatever is made of the tree later (repetition, inclusion, expressions) happens between tree and plain value, so that the
 * places stay those of the file.
 */
import { hasErrors, type Diagnostic } from '../core/diagnostic.ts';
import type { Topology } from '../flow/topology.ts';
import { buildTopology } from './build/topology.ts';
import { checkCombinations } from './combinations.ts';
import { checkNames } from './names.ts';
import { collectProblems } from './problems.ts';
import { salvage } from './salvage.ts';
import { checkShape } from './shape.ts';
import type { TreeNode } from './tree.ts';
import { readYaml, type Source } from './yaml/read-yaml.ts';

export interface ReadTopology {
  /**
   * Where a diagnostic is an error, what can be understood without the entries that it stands in: enough to look for further
   * mistakes, not to make anything of. `null` where that is nothing.
   */
  readonly topology: Topology | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a topology file's text (YAML 1.2 or JSON). All problems are found in one go, sorted by place. Never throws. */
export function readTopology(source: Source): ReadTopology {
  const problems = collectProblems();
  const tree = readYaml(source, problems);
  if (tree === null) return { topology: null, diagnostics: problems.sorted() };
  checkNames(tree, problems);
  checkCombinations(tree, problems);
  const part = checkShape(tree, problems);
  const diagnostics = problems.sorted();
  if (part === null || hasErrors(diagnostics)) return { topology: rest(source.file, tree, diagnostics), diagnostics };
  return { topology: buildTopology(source.file, part, tree, new Set()), diagnostics };
}

function rest(file: string, tree: TreeNode, diagnostics: readonly Diagnostic[]): Topology | null {
  const salvaged = salvage(tree, diagnostics);
  if (salvaged === undefined) return null;
  // What is wrong with this part was told before.
  const part = checkShape(salvaged.tree, collectProblems());
  return part === null ? null : buildTopology(file, part, salvaged.tree, salvaged.damaged);
}
