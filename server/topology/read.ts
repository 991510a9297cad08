/**
 * The first stage: text → Topology. In comes one file as text; out comes what it says, every part with its place, or all that
 * is wrong with its shape. Nothing is looked up, nothing is understood: whether a name points anywhere and whether addresses
 * clash is for `server/model` to say. Pure, but for the parts that it asks `readPart` for; files are read by `load.ts`.
 *
 *   text → located tree (`yaml/`) → tree without templates (`expand/`) → piece by piece (`pieces.ts`):
 *        plain value (`plain.ts`) → parts (`schema/`, with `grammar/`) → Topology (`build/`)
 *
 * Repetition, inclusion and expressions are carried out on the tree, so that all places stay those of the files.
 */
import type { Diagnostic } from '../core/diagnostic.ts';
import { giveBackMemory } from '../core/memory.ts';
import type { Topology } from '../flow/topology.ts';
import { buildTopology, joinTopologies } from './build/topology.ts';
import { checkCombinations } from './combinations.ts';
import { expandTree, type Expanded } from './expand/expand.ts';
import type { Losses } from './expand/make.ts';
import type { SettingProblem } from './expand/parameters.ts';
import type { ReadPart } from './expand/parts.ts';
import { checkNames } from './names.ts';
import { cutTree, type Pieces } from './pieces.ts';
import { collectProblems, type Problems } from './problems.ts';
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
export function readTopology(source: Source, options: ReadOptions = {}): ReadTopology {
  const { file } = source;
  const problems = collectProblems();
  const read = expandSource(source, options, problems);
  if (read === null)
    return { topology: null, diagnostics: problems.sorted(), sources: [source], files: [file], refused: undefined };

  const { pieces, losses, refused } = read;
  const sound = buildPieces(file, pieces, problems);
  const diagnostics = problems.sorted();
  return {
    topology: problems.isSound() ? sound : rest(file, { pieces, sound, losses, diagnostics }),
    diagnostics,
    sources: [source, ...read.sources],
    files: [file, ...read.files],
    refused,
  };
}

const noParts: ReadPart = () => ({
  reason: "Other files can't be read here.",
  hint: 'write everything into one file',
});

interface Read extends Omit<Expanded, 'tree'> {
  readonly pieces: Pieces;
}

/** The tree itself ends here: from now on only its pieces are held, and those not for long. */
function expandSource(
  source: Source,
  { set = new Map(), readPart = noParts }: ReadOptions,
  problems: Problems,
): Read | null {
  const root = readYaml(source, problems);
  if (root === null) return null;
  const { tree, ...expanded } = expandTree(root, source.file, { set, readPart }, problems);
  checkNames(tree, problems);
  checkCombinations(tree, problems);
  return { ...expanded, pieces: cutTree(tree) };
}

/** What was built before the first error: the rest of the pieces stays as it is. `null` where that is nothing. */
function buildPieces(file: string, pieces: Pieces, problems: Problems): Topology | null {
  const head = checkShape(pieces.head, problems);
  const joined =
    head === null || !problems.isSound() ? undefined : joinTopologies(buildTopology(file, head, pieces.head));
  pieces.each((piece) => {
    giveBackMemory();
    const part = checkShape(piece, problems);
    if (part === null || joined === undefined || !problems.isSound()) return false;
    joined.add(buildTopology(file, part, piece));
    return true;
  });
  return joined?.topology ?? null;
}

interface Broken {
  readonly pieces: Pieces;
  readonly sound: Topology | null;
  readonly losses: Losses;
  readonly diagnostics: readonly Diagnostic[];
}

function rest(file: string, { pieces, sound, losses, diagnostics }: Broken): Topology | null {
  const salvaged = losses.nameless ? undefined : salvage(pieces.left(), diagnostics, losses.damaged);
  if (salvaged === undefined) return null;
  // What is wrong with this part was told before.
  const problems = collectProblems();
  const more = buildPieces(file, cutTree(salvaged.tree), problems);
  if (more === null || !problems.isSound()) return null;
  const joined = joinTopologies(more);
  if (sound !== null) joined.add(sound);
  return { ...joined.topology, damaged: salvaged.damaged };
}
