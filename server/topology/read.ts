/**
 * The first stage: text → Topology. In comes one file as text; out comes what it says, every part with its place, or all that
 * is wrong with its shape. Nothing is looked up, nothing is understood: whether a name points anywhere and whether addresses
 * clash is for `server/model` to say. Pure, but for the parts that it asks `readPart` for; files are read by `load.ts`.
 *
 *   text → located tree (`yaml/`) → tree without templates (`expand/`) → plain value (`plain.ts`)
 *        → parts (`schema/`, with `grammar/`) → Topology (`build/`)
 *
 * Repetition, inclusion and expressions are carried out on the tree, so that all places stay those of the files.
 */
import { hasErrors, type Diagnostic } from '../core/diagnostic.ts';
import type { Topology } from '../flow/topology.ts';
import { buildTopology } from './build/topology.ts';
import { checkCombinations } from './combinations.ts';
import { expandTree, type Expanded } from './expand/expand.ts';
import type { SettingProblem } from './expand/parameters.ts';
import type { ReadPart } from './expand/parts.ts';
import { checkNames } from './names.ts';
import { collectProblems } from './problems.ts';
import { salvage } from './salvage.ts';
import { checkShape } from './shape.ts';
import { readYaml, type Source } from './yaml/read-yaml.ts';

export interface ReadOptions {
  /** Values for `parameters`, by name, as text (`--set`). */
  readonly set?: ReadonlyMap<string, string> | undefined;
  /** The files that `use` names; where left out, there are none. */
  readonly readPart?: ReadPart | undefined;
}

export interface ReadTopology {
  /**
   * Where a diagnostic is an error, what can be understood without the entries that it stands in: enough to look for further
   * mistakes, not to make anything of. `null` where that is nothing.
   */
  readonly topology: Topology | null;
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of the file and of all parts that it uses. */
  readonly sources: readonly Source[];
  /** All files that it was read from or looked for. */
  readonly files: readonly string[];
  /** A value in `set` that the file can't take: wrong usage, not a wrong file. */
  readonly refused: SettingProblem | undefined;
}

/**
 * Reads a topology file's text (YAML 1.2 or JSON). All problems are found in one go, sorted by place; what a template repeats is
 * told once (`repeats` has the other rounds). Never throws.
 */
export function readTopology(source: Source, { set = new Map(), readPart = noParts }: ReadOptions = {}): ReadTopology {
  const { file } = source;
  const problems = collectProblems();
  const root = readYaml(source, problems);
  const start = { sources: [source], files: [file], refused: undefined };
  if (root === null) return { ...start, topology: null, diagnostics: problems.sorted() };

  const expanded = expandTree(root, file, { set, readPart }, problems);
  const { tree, refused } = expanded;
  checkNames(tree, problems);
  checkCombinations(tree, problems);
  const part = checkShape(tree, problems);
  const diagnostics = problems.sorted();
  const broken = part === null || hasErrors(diagnostics);
  return {
    topology: broken ? rest(file, expanded, diagnostics) : buildTopology(file, part, tree, new Set()),
    diagnostics,
    sources: [source, ...expanded.sources],
    files: [file, ...expanded.files],
    refused,
  };
}

const noParts: ReadPart = () => ({
  reason: "Other files can't be read here.",
  hint: 'write everything into one file',
});

function rest(file: string, { tree, losses }: Expanded, diagnostics: readonly Diagnostic[]): Topology | null {
  const salvaged = losses.nameless ? undefined : salvage(tree, diagnostics, losses.damaged);
  if (salvaged === undefined) return null;
  // What is wrong with this part was told before.
  const part = checkShape(salvaged.tree, collectProblems());
  return part === null ? null : buildTopology(file, part, salvaged.tree, salvaged.damaged);
}
