import type { LiveEvent } from '../../server/api/schema/events.ts';

/** Whether the server is heard: `lost` until it answers again. */
export type Line = 'opening' | 'open' | 'lost';

export interface Listener {
  readonly onEvent: (event: LiveEvent) => void;
  readonly onLine: (line: Line) => void;
}

/** A line that is open again sooner was not lost to anybody. */
const PATIENCE_MS = 4000;
/** The browser takes a broken stream up again by itself, but not one that the server refused. */
const AGAIN_MS = 5000;

/** Listens to what happens, until the returned function is called. What was missed in between is told when it is heard again. With `watch`, the hosts of that topology are read meanwhile. */
export function listen({ onEvent, onLine }: Listener, watch: string | null = null): () => void {
  let source: EventSource | null = null;
  let again: number | undefined;
  let lost: number | undefined;
  const open = (): void => {
    const opened = new EventSource(watch === null ? '/api/events' : `/api/events?watch=${encodeURIComponent(watch)}`);
    source = opened;
    opened.onopen = () => {
      window.clearTimeout(lost);
      lost = undefined;
      onLine('open');
    };
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      onEvent(JSON.parse(data) as LiveEvent);
    };
    opened.onerror = () => {
      lost ??= window.setTimeout(() => {
        onLine('lost');
      }, PATIENCE_MS);
      if (opened.readyState === EventSource.CLOSED) again = window.setTimeout(open, AGAIN_MS);
    };
  };
  open();
  return () => {
    window.clearTimeout(again);
    window.clearTimeout(lost);
    source?.close();
  };
}
