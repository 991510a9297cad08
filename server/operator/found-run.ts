import type { RecordedRun } from '../store/runs.ts';

export interface RunOptions {
  readonly lab?: boolean;
  readonly json?: boolean;
}

/** A history, and the folder of the lab that it is of. */
export interface Place {
  readonly path: string;
  readonly labFolder: string | null;
}

export interface FoundRun extends RecordedRun {
  readonly place: Place;
}
