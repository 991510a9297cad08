import type { JobName } from './jobs.ts';

export type JobResult = 'done' | 'refused' | 'failed';

export interface JobCount {
  readonly job: JobName;
  readonly result: JobResult;
  readonly count: number;
}

/** What the threads have done since the process began. */
export interface WorkFigures {
  counts(): readonly JobCount[];
  waiting(): number;
}

export interface JobCounter {
  add(job: JobName, result: JobResult): void;
  counts(): readonly JobCount[];
}

export function countJobs(): JobCounter {
  const counts = new Map<string, JobCount>();
  return {
    add: (job, result) => {
      const key = `${job} ${result}`;
      counts.set(key, { job, result, count: (counts.get(key)?.count ?? 0) + 1 });
    },
    counts: () => [...counts.values()],
  };
}
