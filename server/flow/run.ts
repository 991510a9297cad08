/** What a run did: the document that `apply` and `destroy` answer with. */
import type { FailureDocument } from '../core/failure.ts';
import type { Cost, Action, ShownPlan } from './plan.ts';

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
  /** ISO time at which the host undoes the run by itself, unless it is confirmed before. `null`: it does not. */
  readonly until: string | null;
  readonly failure: FailureDocument | null;
  /** Established flows that were looked at, by network stack; absent where none were. */
  readonly flows?: readonly FlowsJudged[];
  /** Who brings it back when the host starts; absent where the run is not kept, or nothing was changed. */
  readonly atBoot?: AtBoot;
}

/**
 * `systemd`: a unit of ours. `no-systemd`: nobody, the files for it are there. `namespace`: nobody, it ends with the machine's
 * boot. `nobody`: nothing is left to bring back. `unwritten`: what was kept before, the files could not be put in place.
 */
export type AtBoot = 'systemd' | 'no-systemd' | 'namespace' | 'nobody' | 'unwritten';

/** What became of the established flows of one network stack. Numbers are `null` where they could not be judged: they pass on. */
export interface FlowsJudged {
  /** `''`: the host's own. */
  readonly scope: string;
  readonly cut: number | null;
  readonly kept: number | null;
  /** Kept, since it cannot be said whether the rules still cover them. */
  readonly undecided: number | null;
  /** Why they could not be judged. */
  readonly note?: string;
}

export interface StepResult {
  readonly id: string;
  readonly action: Action;
  readonly resource: string;
  readonly cost: Cost;
  readonly result: 'done' | 'undone' | 'failed' | 'not-reached' | 'undo-failed';
}

/** Who does what to a run, for the history. `begun` is told before the first write. */
export type RunEvent =
  | {
      readonly type: 'begun';
      readonly run: string;
      readonly topology: string;
      readonly hosts: readonly string[];
      readonly plan: ShownPlan;
    }
  | { readonly type: 'ended'; readonly run: string; readonly result: RunResult }
  | {
      readonly type: 'confirmed' | 'undone';
      readonly run: string;
      readonly hosts: readonly string[];
      readonly problems: readonly string[];
      /** By host. */
      readonly flows?: Readonly<Record<string, readonly FlowsJudged[]>>;
    };
