/** The threads that jobs are done on, so that the server goes on answering whatever a file holds. */
import { Worker } from 'node:worker_threads';
import { Failure } from '../../core/failure.ts';
import { countJobs } from './figures.ts';
import type { WorkFigures } from './figures.ts';
import type { JobAnswer, JobInput, JobName } from './jobs.ts';
import type { JobAnswered, JobAsked } from './messages.ts';
import { failureReceived, LONG_JOBS } from './messages.ts';

export interface WorkLimits {
  readonly threads: number;
  /** Processor time of one job. A machine that is busy with other things takes longer, and nobody's file is refused for it. */
  readonly cpuMs: number;
  /** Time on the clock, for what waits instead of computing. */
  readonly wallMs: number;
  /** So many times as long may take what is known to be long (`LONG_JOBS`). */
  readonly longer: number;
  readonly heapMb: number;
  /** Jobs that may wait. */
  readonly waiting: number;
}

export const WORK_LIMITS: WorkLimits = {
  threads: 2,
  cpuMs: 5_000,
  wallMs: 60_000,
  longer: 12,
  heapMb: 512,
  waiting: 64,
};

export type Task<J extends JobName> = Pick<JobAsked, 'folder' | 'name'> & {
  readonly job: J;
  readonly input: JobInput<J>;
};

export interface Workers {
  /** Throws what the job throws; `too-large` where it takes more time or memory than there is; `busy` where too many wait. */
  run<J extends JobName>(task: Task<J>): Promise<JobAnswer<J>>;
  readonly figures: WorkFigures;
  /** Ends all threads; what is under way fails. */
  close(): Promise<void>;
}

interface Pending {
  readonly task: Omit<JobAsked, 'id'>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (reason: Error) => void;
}

interface Running extends Pending {
  readonly id: number;
  readonly watch: Watch;
}

interface Thread {
  readonly worker: Worker;
  /** Paths that it was asked about: it may have them at hand. */
  readonly known: Set<string>;
  /** Jobs that it has done. */
  done: number;
  current: Running | null;
}

const LOOK_EVERY_MS = 100;

export function openWorkers(limits: WorkLimits = WORK_LIMITS): Workers {
  const threads = new Set<Thread>();
  const queue: Pending[] = [];
  const counter = countJobs();
  let lastId = 0;

  return {
    run: <J extends JobName>(task: Task<J>) => {
      if (queue.length >= limits.waiting)
        return Promise.reject(
          new Failure('busy', 'Too much is asked at once.', { detail: 'Try again in a few seconds.' }),
        );
      const { promise, resolve, reject: fail } = Promise.withResolvers<JobAnswer<J>>();
      const reject = (reason: Error): void => {
        counter.add(task.job, reason instanceof Failure ? 'refused' : 'failed');
        fail(reason);
      };
      queue.push({
        task,
        resolve: (answer) => {
          counter.add(task.job, 'done');
          resolve(answer as JobAnswer<J>);
        },
        reject,
      });
      next();
      return promise;
    },
    figures: { counts: () => counter.counts(), waiting: () => queue.length },
    async close() {
      for (const { reject } of queue.splice(0)) reject(closed());
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };

  /** Gives the first that waits to a thread that has time, if there is one. */
  function next(): void {
    // One that is long leaves a thread to those that are not.
    const busy = [...threads].some(({ current }) => current !== null && isLong(current));
    const at = queue.findIndex((each) => !busy || !isLong(each));
    const pending = queue[at];
    if (pending === undefined) return;
    const free = [...threads].filter(({ current }) => current === null);
    const thread =
      free.find(({ known }) => known.has(pathOf(pending))) ?? (threads.size < limits.threads ? start() : free[0]);
    if (thread === undefined) return;
    queue.splice(at, 1);
    give(thread, pending);
    next();
  }

  function start(): Thread {
    const worker = new Worker(workerFile(), {
      // It gets by without anything of this process.
      ...{ env: {}, execArgv: [], argv: [], stdin: false },
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
    });
    const thread: Thread = { worker, known: new Set(), done: 0, current: null };
    threads.add(thread);
    // A server that has closed does not wait for threads that have nothing to do.
    worker.unref();
    worker.on('message', (answered: JobAnswered) => {
      take(thread, answered);
    });
    worker.on('error', (error: unknown) => {
      end(thread, error instanceof Error ? error : new Error('A thread failed.', { cause: error }));
    });
    worker.on('exit', () => {
      end(thread, closed());
    });
    return thread;
  }

  function give(thread: Thread, pending: Pending): void {
    const { worker } = thread;
    const times = isLong(pending) ? limits.longer : 1;
    const cpuMs = limits.cpuMs * times;
    const watch = watchOver(worker, { cpuMs, wallMs: limits.wallMs * times }, () => {
      // Nothing more is given to a thread that is being ended.
      threads.delete(thread);
      pending.reject(tooMuch(`It takes more than ${String(cpuMs / 1000)} seconds of computing.`));
      void worker.terminate();
      next();
    });
    const id = (lastId += 1);
    thread.current = { ...pending, id, watch };
    thread.known.add(pathOf(pending));
    worker.ref();
    worker.postMessage({ ...pending.task, id } satisfies JobAsked);
  }

  function take(thread: Thread, answered: JobAnswered): void {
    const { current, worker } = thread;
    // What was given up may still come.
    if (current === null || answered.id !== current.id) return;
    current.watch.stop();
    worker.unref();
    thread.current = null;
    thread.done += 1;
    settle(current, answered);
    next();
  }

  /** What it was at fails, unless the memory was taken up by what it had kept: then a new thread tries it once more. */
  function end(thread: Thread, error: Error): void {
    if (!threads.delete(thread)) return;
    const { current, done } = thread;
    thread.current = null;
    current?.watch.stop();
    const outOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (current !== null && outOfMemory && done > 0) queue.unshift(current);
    else current?.reject(outOfMemory ? tooMuch(`It takes more than ${String(limits.heapMb)} MiB of memory.`) : error);
    next();
  }
}

/** The program of a thread: beside this file, as source or as part of the bundle. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.mjs', import.meta.url);
}

function isLong({ task }: Pending): boolean {
  return LONG_JOBS.includes(task.job);
}

function pathOf({ task }: Pending): string {
  return `${task.folder}/${task.name}`;
}

function settle({ resolve, reject }: Pending, { answer, failure, defect }: JobAnswered): void {
  if (failure !== undefined) reject(failureReceived(failure));
  else if (defect !== undefined) reject(new Error(`A job failed: ${defect}`));
  else resolve(answer);
}

function tooMuch(detail: string): Failure {
  return new Failure('too-large', 'The topology is too large to be worked on here.', {
    detail: `${detail} Split it into several, or ask the command line, which waits as long as it takes.`,
  });
}

function closed(): Failure {
  return new Failure('busy', 'The server is closing.');
}

interface Watch {
  readonly stop: () => void;
}

/** Calls `late` once where a thread has used up its time since now. */
function watchOver(worker: Worker, { cpuMs, wallMs }: Pick<WorkLimits, 'cpuMs' | 'wallMs'>, late: () => void): Watch {
  const started = performance.now();
  let before: number | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const { user, system } = await worker.cpuUsage();
    const usedMs = (user + system) / 1000;
    before ??= usedMs;
    if (stopped || (usedMs - before < cpuMs && performance.now() - started < wallMs)) return;
    stop();
    late();
  };
  const timer = setInterval(() => {
    // A thread that ends meanwhile has no usage any more; its end is told elsewhere.
    look().catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_NOT_RUNNING')) throw error;
    });
  }, LOOK_EVERY_MS);
  const stop = (): void => {
    stopped = true;
    clearInterval(timer);
  };
  return { stop };
}

let shared: Workers | undefined;

/** Those of this process: servers in it share them. */
export function sharedWorkers(): Workers {
  return (shared ??= openWorkers());
}
