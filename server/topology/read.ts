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
import { checkShape } from './shape.ts';
import { readYaml, type Source } from './yaml/read-yaml.ts';

export interface ReadTopology {
  /** `null` where a diagnostic is an error. */
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
  if (part === null || hasErrors(diagnostics)) return { topology: null, diagnostics };
  return { topology: buildTopology(source.file, part, tree), diagnostics };
}
