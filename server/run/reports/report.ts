import type { Diagnostic } from '../../core/diagnostic.ts';
import type { FailureDocument } from '../../core/failure.ts';

/** What is said of a topology, for every front: one document, the same as text, and the exit code of the command line. */
export interface Report {
  readonly document: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly diagnostics?: readonly Diagnostic[];
  readonly exitCode: 0 | 3 | 4;
}

/** The same of hosts, and of what is done to them. */
export interface HostsReport {
  readonly document: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly failure?: FailureDocument;
  readonly exitCode: 0 | 1 | 2;
}
