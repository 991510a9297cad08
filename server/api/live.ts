/** Events of the operator for those who listen over HTTP: numbered, and kept for a while for whoever comes back. */
import { randomBytes } from 'node:crypto';
import type { Listening, Operator, Watched } from '../operator/operator.ts';
import type { LiveEvent } from './schema/events.ts';

export interface NumberedEvent {
  /** `EPOCH-NUMBER`: of this process, so that a number of an earlier one is not taken for one of ours. */
  readonly id: string;
  readonly text: string;
}

export interface LiveEvents {
  /**
   * Hands on what follows `last`, and what comes. Where that is not known any more, or nothing was heard before, the first is a
   * `reset`.
   */
  follow(last: string | undefined, watch: Watched | null, listener: (event: NumberedEvent) => void): Promise<Listening>;
  close(): void;
}

const KEPT = 2_000;
const KEPT_CHARACTERS = 8 * 1024 * 1024;

export function openLiveEvents(operator: Operator, kept = { events: KEPT, characters: KEPT_CHARACTERS }): LiveEvents {
  const epoch = randomBytes(6).toString('hex');
  const ring: (NumberedEvent & { readonly number: number })[] = [];
  const listeners = new Set<(event: NumberedEvent) => void>();
  const watched = new Map<object, Watched>();
  let number = 0;
  let size = 0;
  let listening: Promise<Listening> | null = null;

  const take = (event: LiveEvent): void => {
    // Whoever begins to listen is told where things stand by itself.
    if (event.type === 'reset') return;
    number += 1;
    const numbered = { id: `${epoch}-${String(number)}`, text: JSON.stringify(event), number };
    ring.push(numbered);
    size += numbered.text.length;
    while (ring.length > kept.events || (size > kept.characters && ring.length > 1))
      size -= ring.shift()?.text.length ?? 0;
    for (const each of listeners) each(numbered);
  };

  const numberOf = (last: string | undefined): number | null => {
    const [, of, text] = /^([0-9a-f]+)-(\d{1,15})$/.exec(last ?? '') ?? [];
    if (of !== epoch || text === undefined) return null;
    const at = Number(text);
    const oldest = ring[0]?.number ?? number + 1;
    return at >= oldest - 1 && at <= number ? at : null;
  };

  /** How things stand, from an operator that is asked anew. */
  const reset = async (): Promise<NumberedEvent> => {
    const { promise, resolve } = Promise.withResolvers<LiveEvent>();
    const once = await operator.listen((event) => {
      if (event.type === 'reset') resolve(event);
    });
    const event = await promise;
    once.stop();
    // Numbered as what came last: whoever comes back with it gets what has come since.
    return { id: `${epoch}-${String(number)}`, text: JSON.stringify(event) };
  };

  const tellWatched = (): Promise<void> => operator.watch([...watched.values()]);

  return {
    async follow(last, watch, listener) {
      listening ??= operator.listen(take);
      await listening;
      const early: NumberedEvent[] = [];
      const to = { tell: (event: NumberedEvent): unknown => early.push(event) };
      const own = (event: NumberedEvent): void => {
        to.tell(event);
      };
      listeners.add(own);
      const key = {};
      if (watch !== null) {
        watched.set(key, watch);
        await tellWatched();
      }
      const from = numberOf(last);
      const before = from === null ? [await reset()] : ring.filter((each) => each.number > from);
      const sent = new Set(before.map(({ id }) => id));
      for (const each of before) listener(each);
      for (const each of early) if (!sent.has(each.id) || from === null) listener(each);
      to.tell = listener;
      return {
        stop() {
          listeners.delete(own);
          if (watched.delete(key)) void tellWatched();
        },
      };
    },
    close() {
      listeners.clear();
      void listening?.then((each) => {
        each.stop();
      });
    },
  };
}
