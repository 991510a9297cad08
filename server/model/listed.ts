import type { Diagnostic } from '../core/diagnostic.ts';
import { diagnostic } from '../core/diagnostic.ts';
import { MAX_PROBLEMS } from '../topology/limits.ts';

/**
 * The diagnostics of a file, in their order. Of a file that is refused no more than `MAX_PROBLEMS` are listed, errors before
 * warnings, and the last one says that there are others; what is accepted has every warning listed.
 */
export function listedDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  // The reader's own count of what it left out is one more.
  if (diagnostics.length <= MAX_PROBLEMS + 1) return diagnostics;
  const errors = diagnostics.filter((each) => each.severity === 'error');
  if (errors.length === 0) return diagnostics;
  const warnings = diagnostics.filter((each) => each.severity !== 'error');
  const kept = new Set([...errors, ...warnings].slice(0, MAX_PROBLEMS));
  const left = diagnostics.filter((each) => !kept.has(each));
  const [first] = left;
  if (first === undefined) return diagnostics;
  const { file, line, column } = first;
  const detail = 'There are more problems than can be listed; the first of the others is here.';
  return [...diagnostics.filter((each) => kept.has(each)), diagnostic('too-large', { file, line, column }, detail)];
}
