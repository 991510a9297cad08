import type { LiveEvent } from '../../server/api/schema/events.ts';

export interface Heard {
  readonly id: string;
  readonly event: LiveEvent;
}

export interface Listener extends AsyncDisposable {
  readonly heard: readonly Heard[];
  /** The next event, or one that was heard already, that fits. Waits as long as it takes. */
  until<T extends LiveEvent>(fits: (event: LiveEvent) => event is T): Promise<T>;
}

/** Listens to a server as a browser does. */
export async function listenTo(
  url: string,
  { cookie, last, query = '' }: { readonly cookie: string; readonly last?: string; readonly query?: string },
): Promise<Listener> {
  const end = new AbortController();
  const response = await fetch(`${url}/api/events${query}`, {
    headers: { cookie, accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) },
    signal: end.signal,
  });
  if (response.status !== 200 || response.body === null) throw new Error(`answered ${String(response.status)}`);
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  const reading = read(response.body, (message) => {
    const [, id] = /^id: (.*)$/m.exec(message) ?? [];
    const [, data] = /^data: (.*)$/m.exec(message) ?? [];
    if (id !== undefined && data !== undefined) heard.push({ id, event: JSON.parse(data) as LiveEvent });
    for (const each of waiting) each();
  }).catch((error: unknown) => {
    if (!end.signal.aborted) throw error;
  });
  return {
    heard,
    until<T extends LiveEvent>(fits: (event: LiveEvent) => event is T): Promise<T> {
      return new Promise((resolve) => {
        const look = (): void => {
          const found = heard.map(({ event }) => event).find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await reading;
    },
  };
}

async function read(body: ReadableStream<Uint8Array>, take: (message: string) => void): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
      take(text.slice(0, at));
      text = text.slice(at + 2);
    }
  }
}
