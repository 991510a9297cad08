/** What a run did: the document that `apply` and `destroy` answer with. */
import type { FailureDocument } from '../core/failure.ts';
import type { Cost, Action } from './plan.ts';

export interface RunResult {
  /** Sorts by time: `20261121T071502-3f9a`. */
  readonly run: string;
  readonly topology: string;
  readonly hosts: readonly HostRunResult[];
}

export interface HostRunResult {
  readonly host: string;
  readonly result: 'applied' | 'unchanged' | 'undone' | 'failed' | 'not-started';
  readonly steps: readonly StepResult[];
  /** Observed again afterwards, and nothing left to change. `null`: not reached. */
  readonly verified: boolean | null;
  /** Kept for good. `null` where no confirmation is needed (local hosts and labs). */
  readonly confirmed: boolean | null;
  readonly failure: FailureDocument | null;
}

export interface StepResult {
  readonly id: string;
  readonly action: Action;
  readonly resource: string;
  readonly cost: Cost;
  readonly result: 'done' | 'undone' | 'failed' | 'not-reached' | 'undo-failed';
}
