import type { Severity } from './diagnostic.ts';

interface CodeRule {
  readonly severity: Severity;
  /** Fixed for the code: what sort of problem it is. The detail says what is wrong in the file at hand. */
  readonly summary: string;
}

/** Every code that a diagnostic can have. Each has at least one file under test/rejects. */
export const CODES = {
  'unknown-key': { severity: 'error', summary: 'Unknown key' },
} as const satisfies Record<string, CodeRule>;

export type DiagnosticCode = keyof typeof CODES;
