/** What happens on a server, as it tells it: over one stream, and where that breaks off over the next. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LiveEvent } from '../../api/schema/events.ts';
import { Failure } from '../../core/failure.ts';
import type { There } from './server.ts';

export interface Listening extends AsyncDisposable {
  /** Hands on each event, those that came meanwhile first, until `take` has an answer. Throws `host-unreachable`. */
  until<T>(take: (event: LiveEvent) => T | undefined): Promise<T>;
}

/** The server gives signs of life four times as often. */
const SILENT_MS = 60_000;
const TRY_AGAIN_MS = 1_000;
/** So long it is tried to hear of it again. */
const GIVE_UP_MS = 120_000;

/** Listens from now on. Throws as `there.call` does where that is not allowed, or the server does not answer. */
export async function listenThere(there: There): Promise<Listening> {
  const end = new AbortController();
  const heard: LiveEvent[] = [];
  let failed: { readonly error: unknown } | null = null;
  const over = (): { readonly error: unknown } | null => failed;
  let wake = (): void => undefined;
  const first = await connect(there, null, end.signal);
  const listening = keepListening(there, first, end.signal, (event) => {
    heard.push(event);
    wake();
  }).catch((error: unknown) => {
    failed = { error };
    wake();
  });
  return {
    async until(take) {
      for (;;) {
        for (let event = heard.shift(); event !== undefined; event = heard.shift()) {
          const answer = take(event);
          if (answer !== undefined) return answer;
        }
        const why = over();
        if (why !== null) throw why.error;
        const { promise, resolve } = Promise.withResolvers<undefined>();
        wake = () => {
          resolve(undefined);
        };
        await promise;
      }
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await listening;
    },
  };
}

interface Stream {
  readonly messages: AsyncIterable<string>;
  /** Ends it, as a server does that is gone. */
  readonly stop: () => void;
}

async function connect(there: There, last: string | null, signal: AbortSignal): Promise<Stream> {
  const own = new AbortController();
  const body = await there.events(last, AbortSignal.any([signal, own.signal]));
  return {
    messages: messagesOf(body),
    stop() {
      own.abort();
    },
  };
}

async function keepListening(
  there: There,
  first: Stream,
  signal: AbortSignal,
  tell: (event: LiveEvent) => void,
): Promise<void> {
  let last: string | null = null;
  let stream: Stream | null = first;
  let heardAt = Date.now();
  while (!signal.aborted) {
    try {
      stream ??= await connect(there, last, signal);
      for await (const message of unlessSilent(stream)) {
        heardAt = Date.now();
        const { id, event } = eventOf(message);
        if (event !== null) tell(event);
        last = id ?? last;
      }
    } catch (error) {
      if (isOver(signal)) return;
      // Somebody who may not listen any more, and not a server that is being started anew.
      if (error instanceof Failure && error.kind === 'no-rights') throw error;
      if (Date.now() - heardAt > GIVE_UP_MS)
        throw new Failure('host-unreachable', `The server ${there.origin} does not answer any more.`, { cause: error });
    }
    stream = null;
    await pause(TRY_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Looked at anew: it has been waited meanwhile. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}

/** The messages of a stream; one that says nothing for long is ended. */
async function* unlessSilent({ messages, stop }: Stream): AsyncGenerator<string> {
  let silent = setTimeout(stop, SILENT_MS);
  try {
    for await (const message of messages) {
      clearTimeout(silent);
      yield message;
      silent = setTimeout(stop, SILENT_MS);
    }
  } finally {
    clearTimeout(silent);
  }
}

/** Texts between empty lines; comments, which are signs of life, among them. */
async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = '';
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const whole = text.split('\n\n');
    text = whole.pop() ?? '';
    yield* whole;
  }
}

function eventOf(message: string): { readonly id: string | null; readonly event: LiveEvent | null } {
  const [, id = null] = /^id: (.*)$/m.exec(message) ?? [];
  const [, data] = /^data: (.*)$/m.exec(message) ?? [];
  return { id, event: data === undefined ? null : (JSON.parse(data) as LiveEvent) };
}
