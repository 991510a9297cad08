import type { LiveEvent } from '../api/schema/events.ts';

/** Tells everybody who listens what happens. */
export interface Hub {
  tell(event: LiveEvent): void;
  listen(listener: (event: LiveEvent) => void): () => void;
  readonly listeners: number;
}

export function openHub(): Hub {
  const all = new Set<(event: LiveEvent) => void>();
  return {
    tell(event) {
      for (const each of all) each(event);
    },
    listen(listener) {
      // Two who listen with one function are two.
      const own = (event: LiveEvent): void => {
        listener(event);
      };
      all.add(own);
      return () => {
        all.delete(own);
      };
    },
    get listeners() {
      return all.size;
    },
  };
}
