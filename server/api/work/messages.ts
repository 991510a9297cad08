import type { FailureDocument } from '../../core/failure.ts';
import { Failure } from '../../core/failure.ts';
import type { JobName } from './jobs.ts';

/** What a worker is asked. */
export interface JobAsked {
  readonly id: number;
  /** Absolute; `name` is a path in it that its listing came up with. */
  readonly folder: string;
  readonly name: string;
  readonly job: JobName;
  readonly input: unknown;
}

/** What it says: an answer, a failure that a person is told of, or a defect of ours. */
export interface JobAnswered {
  readonly id: number;
  readonly answer?: unknown;
  readonly failure?: FailureDocument;
  readonly defect?: string;
}

/** Classes do not travel between threads: a failure goes as its document. */
export function failureReceived({ kind, summary, detail, inPlace, undone, toDo }: FailureDocument): Failure {
  return new Failure(kind, summary, { ...{ inPlace, undone, toDo }, ...(detail === null ? {} : { detail }) });
}

/** They follow all packets of a topology: that takes longer than what people ask by the way, and one at a time is done. */
export const LONG_JOBS: readonly JobName[] = [
  'audit',
  'auditFound',
  'auditCsv',
  'hasFinding',
  'policy',
  'without',
  'worst',
];
