/** Stage: a file → its Model: reading and compiling in one call, with what both have to say. */
import { hasErrors } from '../core/diagnostic.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { Failure } from '../core/failure.ts';
import { foldRepeats } from '../core/repeats.ts';
import type { Model } from '../flow/model.ts';
import { loadTopologyFile, partReader } from '../topology/load.ts';
import { readTopology, type ReadOptions } from '../topology/read.ts';
import { compileMovable } from './placement/elsewhere.ts';
import { listedDiagnostics } from './listed.ts';

/** A text with the name that its diagnostics have for it. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

export interface CompiledFile {
  /** `null` where a diagnostic is an error. */
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly source: SourceText;
  /** The same, and the parts that it uses: every file that a diagnostic can point into. */
  readonly sources: readonly SourceText[];
  /** What it was read from, or would have been: where one of them changes, it means something else. */
  readonly files: readonly string[];
}

/**
 * Text of a topology → its Model, and everything that is wrong or doubtful about it. Throws `usage` where a parameter is set that
 * the file does not have.
 */
export function compileText(source: SourceText, options: ReadOptions = {}): CompiledFile {
  const read = readTopology(source, options);
  if (read.refused !== undefined) throw new Failure('usage', read.refused.summary, { detail: read.refused.detail });
  const { sources, files } = read;
  const answer = { source, sources, files };
  if (read.topology === null) return { ...answer, model: null, diagnostics: foldRepeats(read.diagnostics) };
  const compiled = compileMovable(read.topology);
  const broken = hasErrors(read.diagnostics);
  // Warnings are about the whole (what is unused, what has no path): of half a file they would be guesses.
  const further = broken ? compiled.diagnostics.filter((each) => each.severity === 'error') : compiled.diagnostics;
  const diagnostics = listedDiagnostics(foldRepeats([...read.diagnostics, ...further]));
  return { ...answer, model: hasErrors(diagnostics) ? null : compiled.model, diagnostics };
}

export interface CompileFileOptions {
  /** Values for `parameters`, by name, as text (`--set`). */
  readonly set?: ReadonlyMap<string, string> | undefined;
  /** A folder that no part may lie outside of. */
  readonly within?: string | undefined;
}

/** `-` reads stdin. Throws `file-unreadable`, and `usage` as `compileText` does. */
export async function compileFile(path: string, { set, within }: CompileFileOptions = {}): Promise<CompiledFile> {
  return compileText(await loadTopologyFile(path), { set, readPart: partReader(within) });
}
