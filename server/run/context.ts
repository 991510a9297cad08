import type { Count } from '../core/count.ts';
import type { RunEvent } from '../flow/run.ts';
import type { HostConnection } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';

/** What a run works with: which kinds there are, and how each host is reached. */
export interface RunContext {
  readonly kinds: readonly Kind[];
  readonly connectionOf: (host: string) => HostConnection;
  readonly progress?: (line: string) => void;
  readonly count?: Count;
  /** Told of every run. What it throws before the first write stops the run. */
  readonly log?: (event: RunEvent) => Promise<void>;
}
