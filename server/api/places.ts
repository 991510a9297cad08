import { join } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Place } from '../core/place.ts';

/** Diagnostics say where in the folder a file lies, not where the folder lies. */
export function inFolder(folder: string, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const rename = <T extends Place>(place: T): T => ({ ...place, file: nameIn(folder, place.file) });
  return diagnostics.map((each) => ({ ...rename(each), related: each.related.map(rename) }));
}

export function nameIn(folder: string, path: string): string {
  const start = join(folder, '/');
  return path.startsWith(start) ? path.slice(start.length) : path;
}
