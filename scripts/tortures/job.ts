/** What the process that tries cases is told, and what it says. One process a job: a case that hangs or brings the process down is a failure, not the end. */
import type { Figures } from '../../test/torture/row.ts';

export interface Job {
  readonly row: string;
  /** The planted fault to look for, instead of trying cases. */
  readonly mutant: string | null;
  readonly from: number;
  /** So many cases at most. */
  readonly most: number;
  /** No case is begun after so long. */
  readonly forMs: number;
}

/** Lines of JSON on fd 3. */
export type Said =
  | { readonly type: 'begun'; readonly seed: number }
  | { readonly type: 'held'; readonly seed: number; readonly figures: Figures }
  | { readonly type: 'failed'; readonly seed: number; readonly message: string }
  /** A case, or one of a planted fault, that had not ended when its time was over: the process ends with it. */
  | { readonly type: 'hung'; readonly seed: number; readonly message: string }
  | { readonly type: 'caught'; readonly mutant: string; readonly seed: number; readonly why: string }
  /** None of its cases found the planted fault. */
  | { readonly type: 'missed'; readonly mutant: string };
