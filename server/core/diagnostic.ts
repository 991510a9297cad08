import type { DiagnosticCode } from './codes.ts';
import { CODES } from './codes.ts';
import type { Place } from './place.ts';
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
}

/** Makes a diagnostic; summary and severity follow from the code. */
export function diagnostic(
  code: DiagnosticCode,
  place: Place,
  detail: string,
  more: { readonly hint?: string | undefined; readonly related?: readonly RelatedPlace[] } = {},
): Diagnostic {
  const { severity, summary } = CODES[code];
  const { file, line, column } = place;
  return { code, severity, summary, detail, file, line, column, hint: more.hint ?? null, related: more.related ?? [] };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((each) => each.severity === 'error');
}
