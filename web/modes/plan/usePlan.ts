import { useCallback, useEffect, useState } from 'react';
import type { Plan } from '../../../server/api/schema/plan.ts';

export type Planning =
  | { readonly state: 'planning' }
  | { readonly state: 'ready'; readonly plan: Plan; readonly at: number }
  | { readonly state: 'failed'; readonly error: Error };

/** A plan as it was made once: it is not made anew by itself, since somebody is reading it. `key`: what it is asked by. */
export function usePlan(
  key: string,
  make: (signal: AbortSignal) => Promise<Plan>,
): { readonly planning: Planning; readonly again: () => void } {
  const [round, setRound] = useState(0);
  const [made, setMade] = useState<{ readonly of: string; readonly planning: Planning } | null>(null);
  const of = `${key} ${String(round)}`;
  useEffect(() => {
    const aborted = new AbortController();
    make(aborted.signal).then(
      (plan) => {
        setMade({ of, planning: { state: 'ready', plan, at: Date.now() } });
      },
      (error: unknown) => {
        if (aborted.signal.aborted) return;
        setMade({
          of,
          planning: { state: 'failed', error: error instanceof Error ? error : new Error(String(error)) },
        });
      },
    );
    return () => {
      aborted.abort();
    };
    // `make` is made anew with every rendering; what it asks is in `of`.
  }, [of]);
  const again = useCallback(() => {
    setRound((count) => count + 1);
  }, []);
  return { planning: made?.of === of ? made.planning : { state: 'planning' }, again };
}
