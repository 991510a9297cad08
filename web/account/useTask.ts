import { useCallback, useState } from 'react';

export interface Task {
  readonly busy: boolean;
  readonly error: Error | null;
  /** How often something was done: what is shown is asked for again with each. */
  readonly done: number;
  /** Does something; what goes wrong is in `error`. */
  readonly run: (work: () => Promise<unknown>) => void;
}

/** Something that a person sets off, and what came of it. */
export function useTask(): Task {
  const [state, setState] = useState<Omit<Task, 'run'>>({ busy: false, error: null, done: 0 });
  const run = useCallback((work: () => Promise<unknown>) => {
    setState((before) => ({ ...before, busy: true, error: null }));
    work().then(
      () => {
        setState((before) => ({ busy: false, error: null, done: before.done + 1 }));
      },
      (cause: unknown) => {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        setState((before) => ({ ...before, busy: false, error }));
      },
    );
  }, []);
  return { ...state, run };
}
