import type { Diagnostic } from '../../core/diagnostic.ts';

/** What is told of a topology without its model, which stays on the thread that made it: a copy of a large one takes long. */
export interface Compiled {
  /** Its name and description; `null` where the file is wrong in a way that leaves no model. */
  readonly about: { readonly topology: string; readonly description: string | null } | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What it was read from, its parts included, and parts that are not there. */
  readonly files: readonly string[];
}
