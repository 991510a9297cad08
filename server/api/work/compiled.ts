import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Model } from '../../flow/model.ts';

export interface Compiled {
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What it was read from, its parts included, and parts that are not there. */
  readonly files: readonly string[];
}
