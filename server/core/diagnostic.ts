import type { DiagnosticCode } from './codes.ts';
import { CODES } from './codes.ts';
import type { Origin, Place } from './place.ts';
import type { Severity } from './severity.ts';

/** A further place that explains a diagnostic ("first used here"). */
export interface RelatedPlace extends Place {
  readonly message: string;
}

/**
 * One problem of what the user wrote. The summary is fixed for a code (see `codes.ts`); the detail says what is wrong here
 * and why; the hint is the change to try.
 */
export interface Diagnostic extends Place {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly summary: string;
  readonly detail: string;
  readonly hint: string | null;
  readonly related: readonly RelatedPlace[];
  /** How the same came about again elsewhere; folded into `related` before anybody sees it (`repeats.ts`). */
  readonly repeats?: readonly Origin[];
}

/** Makes a diagnostic; summary and severity follow from the code. */
export function diagnostic(
  code: DiagnosticCode,
  place: Place,
  detail: string,
  more: { readonly hint?: string | undefined; readonly related?: readonly RelatedPlace[] } = {},
): Diagnostic {
  const { severity, summary } = CODES[code];
  const { file, line, column, via } = place;
  const { hint = null, related = [] } = more;
  const told = { code, severity, summary, detail, file, line, column, hint, related };
  return via === undefined ? told : { ...told, via };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((each) => each.severity === 'error');
}
