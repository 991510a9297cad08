import { useEffect, useState } from 'react';

export type Answered<T> =
  | { readonly state: 'waiting' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: Error };

const CHANGED = 'trunkline:changed';

/** Something was changed from here: everything that is shown is asked for again. */
export function askAgain(): void {
  window.dispatchEvent(new Event(CHANGED));
}

interface Kept<T> {
  readonly key: string;
  readonly text: string;
  readonly answered: Answered<T>;
}

/**
 * What the server answers to a question, asked again when the window comes to the front: files are edited beside the page.
 * An answer that says the same as the one before keeps its identity, so that nothing is drawn anew.
 */
export function useAnswer<T>(key: string, ask: ((signal: AbortSignal) => Promise<T>) | null): Answered<T> {
  const [kept, setKept] = useState<Kept<T>>({ key, text: '', answered: { state: 'waiting' } });

  useEffect(() => {
    if (!ask) return undefined;
    const abort = new AbortController();
    const load = (): void => {
      ask(abort.signal).then(
        (value) => {
          const text = JSON.stringify(value);
          setKept((before) =>
            before.key === key && before.text === text ? before : { key, text, answered: { state: 'ready', value } },
          );
        },
        (error: unknown) => {
          if (abort.signal.aborted) return;
          setKept({
            key,
            text: '',
            answered: { state: 'failed', error: error instanceof Error ? error : new Error(String(error)) },
          });
        },
      );
    };
    load();
    window.addEventListener('focus', load);
    window.addEventListener(CHANGED, load);
    return () => {
      abort.abort();
      window.removeEventListener('focus', load);
      window.removeEventListener(CHANGED, load);
    };
    // `ask` is made anew with every rendering; what it asks is in `key`.
  }, [key]);

  return kept.key === key ? kept.answered : { state: 'waiting' };
}
