/** Stage: a file → its Model: reading and compiling in one call, with what both have to say. */
import { hasErrors } from '../core/diagnostic.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Model } from '../flow/model.ts';
import { loadTopologyFile } from '../topology/load.ts';
import { readTopology } from '../topology/read.ts';
import { compileModel } from './compile.ts';
import { sortDiagnostics } from './report.ts';

export interface CompiledFile {
  /** `null` where a diagnostic is an error. */
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly source: { readonly file: string; readonly text: string };
}

/** Text of a topology → its Model, and everything that is wrong or doubtful about it. */
export function compileText(source: { readonly file: string; readonly text: string }): CompiledFile {
  const read = readTopology(source);
  if (read.topology === null) return { model: null, diagnostics: read.diagnostics, source };
  const compiled = compileModel(read.topology);
  const broken = hasErrors(read.diagnostics);
  // Warnings are about the whole (what is unused, what has no path): of half a file they would be guesses.
  const further = broken ? compiled.diagnostics.filter((each) => each.severity === 'error') : compiled.diagnostics;
  const diagnostics = sortDiagnostics([...read.diagnostics, ...further]);
  return { model: hasErrors(diagnostics) ? null : compiled.model, diagnostics, source };
}

/** `-` reads stdin. Throws `file-unreadable`. */
export async function compileFile(path: string): Promise<CompiledFile> {
  return compileText(await loadTopologyFile(path));
}
