import { useCallback, useEffect, useState } from 'react';
import type { RunEntry, RunList } from '../../../server/api/schema/runs.ts';
import { call } from '../../client/client.ts';
import { useLive } from '../../runs/context.ts';

export type Runs =
  | { readonly state: 'waiting' }
  | { readonly state: 'failed'; readonly error: Error }
  | {
      readonly state: 'ready';
      readonly runs: readonly RunEntry[];
      readonly broken: readonly string[];
      /** Reads older ones; `null`: there are none. */
      readonly more: (() => void) | null;
    };

/** The runs of a topology, or all of them, newest first, with those that were told of since. */
export function useRuns(topology: string | null): Runs {
  const { runs: told } = useLive();
  const [pages, setPages] = useState<{ readonly of: string | null; readonly lists: readonly RunList[] }>({
    of: topology,
    lists: [],
  });
  const [error, setError] = useState<Error | null>(null);
  const ask = useCallback(
    (before: string | null, signal?: AbortSignal) => {
      const query = { ...(topology === null ? {} : { topology }), ...(before === null ? {} : { before }) };
      call('GET /api/runs', { query }, signal).then(
        (list) => {
          setPages((known) =>
            known.of === topology && before !== null
              ? { ...known, lists: [...known.lists, list] }
              : { of: topology, lists: [list] },
          );
          setError(null);
        },
        (cause: unknown) => {
          if (signal?.aborted !== true) setError(cause instanceof Error ? cause : new Error(String(cause)));
        },
      );
    },
    [topology],
  );
  useEffect(() => {
    const aborted = new AbortController();
    ask(null, aborted.signal);
    return () => {
      aborted.abort();
    };
  }, [ask]);
  const lists = pages.of === topology ? pages.lists : [];
  if (error !== null) return { state: 'failed', error };
  const last = lists.at(-1);
  if (last === undefined) return { state: 'waiting' };
  const { next } = last;
  return {
    state: 'ready',
    runs: merged(
      lists.flatMap(({ runs }) => runs),
      told.filter((run) => topology === null || run.topology === topology),
    ),
    broken: lists[0]?.broken ?? [],
    more:
      next === null
        ? null
        : () => {
            ask(next);
          },
  };
}

/** What was told later takes the place of what was read before. */
export function merged(read: readonly RunEntry[], told: readonly RunEntry[]): readonly RunEntry[] {
  const all = new Map([...read, ...told].map((run) => [run.run, run]));
  return [...all.values()].sort((a, b) => (a.run < b.run ? 1 : -1));
}
