import type { Count } from '../core/count.ts';
import type { RunEvent } from '../flow/run.ts';
import type { HostConnection } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import type { wavesOf } from '../plan/waves.ts';

/** What is being done to a host, or has been, in the words that people read. */
export type HostStage =
  | 'reading'
  | 'planned'
  | 'ready'
  | 'changing'
  | 'waiting for the others'
  | 'verifying'
  | 'applied'
  | 'failed'
  | 'taking back'
  | 'as it was'
  | 'kept';

/** What a run works with: which kinds there are, and how each host is reached. */
export interface RunContext {
  readonly kinds: readonly Kind[];
  readonly connectionOf: (host: string) => HostConnection;
  readonly progress?: (line: string) => void;
  readonly count?: Count;
  /** Told how many of a host's steps are done. */
  readonly done?: (host: string, steps: number) => void;
  /** Told of each stage of each host; often, so whoever shows it must not hold it up. */
  readonly at?: (host: string, stage: HostStage) => void;
  /** Who makes it, and what it is called, where that is known before: `newRunName` makes a name. */
  readonly as?: { readonly run: string; readonly who: string };
  /** In which waves hosts are changed; by default as `plan/waves.ts` says. */
  readonly wavesOf?: typeof wavesOf;
  /** Told of every run. What it throws before the first write stops the run. */
  readonly log?: (event: RunEvent) => Promise<void>;
}
