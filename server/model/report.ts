import type { DiagnosticCode } from '../core/codes.ts';
import type { Diagnostic, RelatedPlace } from '../core/diagnostic.ts';
import { diagnostic } from '../core/diagnostic.ts';
import type { Place } from '../core/place.ts';

/** What a pass tells of a problem with; it never stops at the first one. */
export type Report = (
  code: DiagnosticCode,
  place: Place,
  detail: string,
  more?: { readonly hint?: string | undefined; readonly related?: readonly RelatedPlace[] },
) => void;

/**
 * What all passes share. `doubtful` holds the names of things that a diagnostic was already given for: what only follows from
 * that is not reported again.
 */
export interface Notes {
  readonly report: Report;
  readonly doubtful: Set<string>;
  /** What a wrong name was probably meant to be: it is neither unused nor forgotten. */
  readonly meant: Set<string>;
  readonly diagnostics: Diagnostic[];
}

/** In `doubtful` where a port mapping was refused; no name has a slash in it. */
export const PUBLISH_DOUBTFUL = '/publish';

/** In `doubtful` where what the bridges of a host carry was refused in part. */
export function bridgesDoubtful(host: string): string {
  return `${host}/bridges`;
}

/** @param damaged names of entries that could not be read: all that has to do with them is doubtful. */
export function newNotes(damaged: ReadonlySet<string>): Notes {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (code, place, detail, more) => {
    diagnostics.push(diagnostic(code, place, detail, more));
  };
  return {
    report,
    doubtful: new Set(damaged.size === 0 ? [] : [...damaged, PUBLISH_DOUBTFUL]),
    meant: new Set(),
    diagnostics,
  };
}

export function related(place: Place, message: string): RelatedPlace {
  return { file: place.file, line: place.line, column: place.column, message };
}

/** In the order of the file. */
export function byPlace(left: Place, right: Place): number {
  return compareText(left.file, right.file) || left.line - right.line || left.column - right.column;
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `a`, `a and b`, `a, b and c`; after `most` names, how many more there are. */
export function listNames(names: readonly string[], most = 5): string {
  if (names.length > most) {
    return `${names.slice(0, most).join(', ')} and ${String(names.length - most)} more`;
  }
  return names.length < 2 ? (names[0] ?? 'none') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** In the order of the file, whatever pass found them. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) => byPlace(a, b) || compareText(a.code, b.code) || compareText(a.detail, b.detail),
  );
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
