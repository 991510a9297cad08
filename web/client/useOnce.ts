import { useCallback, useEffect, useState } from 'react';
import type { Answered } from './useAnswer.ts';

/** What was asked once: it is not asked anew by itself, since somebody is reading it. `key`: what it is asked by. */
export function useOnce<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
): { readonly answered: Answered<T>; readonly again: () => void } {
  const [round, setRound] = useState(0);
  const [kept, setKept] = useState<{ readonly of: string; readonly answered: Answered<T> } | null>(null);
  const of = `${key} ${String(round)}`;
  useEffect(() => {
    const aborted = new AbortController();
    ask(aborted.signal).then(
      (value) => {
        setKept({ of, answered: { state: 'ready', value } });
      },
      (error: unknown) => {
        if (aborted.signal.aborted) return;
        setKept({
          of,
          answered: { state: 'failed', error: error instanceof Error ? error : new Error(String(error)) },
        });
      },
    );
    return () => {
      aborted.abort();
    };
    // `ask` is made anew with every rendering; what it asks is in `of`.
  }, [of]);
  const again = useCallback(() => {
    setRound((count) => count + 1);
  }, []);
  return { answered: kept?.of === of ? kept.answered : { state: 'waiting' }, again };
}
