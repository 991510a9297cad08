/** What a grammar answers: the value, or what is wrong and at which character of the text. */
import type { DiagnosticCode } from '../core/codes.ts';

export interface Problem {
  readonly code: DiagnosticCode;
  readonly detail: string;
  readonly hint?: string | undefined;
  /** Characters from the start of the text; 0 where it is about the whole. */
  readonly offset: number;
  /** Where it is shown: at the value (as a rule), or at the key that the value belongs to. */
  readonly at?: 'key';
}

export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function accept<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function refuse(code: DiagnosticCode, detail: string, offset = 0, hint?: string): Reading<never> {
  return { ok: false, problem: { code, detail, offset, hint } };
}

/** The answer for a part that begins `offset` characters into the whole. */
export function shifted<T>(reading: Reading<T>, offset: number): Reading<T> {
  if (reading.ok || offset === 0) return reading;
  return { ok: false, problem: { ...reading.problem, offset: reading.problem.offset + offset } };
}

/** Something the language has and this version does not carry out. */
export function notYet(subject: string, purpose: string, offset = 0, hint = 'leave it out for now'): Reading<never> {
  return refuse('not-yet-available', `${subject} ${purpose}; this version does not carry it out.`, offset, hint);
}
