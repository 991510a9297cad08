import { hasErrors } from '../core/diagnostic.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import type { TopologyFolder } from './folder.ts';

export interface Usable {
  readonly model: Model;
  readonly diagnostics: readonly Diagnostic[];
  /** Path of the topology file itself. */
  readonly path: string;
}

/** A topology that something can be said of. Throws `file-unreadable` and `file-wrong`. */
export async function usable(folder: TopologyFolder, name: string): Promise<Usable> {
  const compiled = await folder.read(name);
  const path = compiled?.files.find((file) => folder.nameOf(file) === name);
  if (compiled === undefined || path === undefined)
    throw new Failure('file-unreadable', 'No topology of this folder has that name.');
  const { model, diagnostics } = compiled;
  if (model === null || hasErrors(diagnostics))
    throw new Failure('file-wrong', 'The file is wrong, so nothing can be said of it.');
  return { model, diagnostics, path };
}
