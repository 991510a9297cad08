/**
 * The log of attempts: who tried what at the server, and what became of it. Entries follow from each other as those of the history do,
 * so that a changed one shows. Nothing of what was sent along is in it but names.
 */
import { join } from 'node:path';
import { openHistory } from '../store/history.ts';
import type { History } from '../store/history.ts';
import type { Bound } from '../store/cut.ts';
import { newId } from './secrets.ts';

/**
 * `asked`: may, and is about to be done. `answered`: what became of it. `refused`: may not. `signed-in`, `not-signed-in`.
 * `commanded`: on the command line of the server's machine. `cut`: it was too long, and its oldest entries went.
 */
export type AttemptEvent = 'asked' | 'answered' | 'refused' | 'signed-in' | 'not-signed-in' | 'commanded' | 'cut';

export interface Attempt {
  /** The same for all that is told of one. */
  readonly id: string;
  /** Name of the user; `?` where nobody is known. */
  readonly who: string;
  readonly event: AttemptEvent;
  readonly tells: AttemptTells;
}

export interface AttemptTells {
  /** `PUT /api/users/:user`, or a command. */
  readonly what: string;
  /** Which user, topology or run it was about, by parameter. */
  readonly which?: Readonly<Record<string, string>>;
  readonly address?: string;
  /** How it was proven who asks. */
  readonly by?: string;
  readonly status?: number;
  readonly why?: string;
  /** How many more of the same kind came within a minute. */
  readonly more?: number;
}

export interface Attempts {
  /** On the disk when it returns. Throws `history` where it cannot be. */
  add(attempt: Attempt): Promise<void>;
  /** The same: the first of its kind at once, those that follow within a minute as one. Refusals cost their sender nothing. */
  addSparingly(attempt: Attempt): Promise<void>;
  readonly log: History;
  close(): Promise<void>;
}

/** A hundred megabytes, or the attempts of months: then the oldest go. */
const BOUND: Bound = { most: 200_000, keep: 150_000 };
/** Adding is what happens often: how many there are is looked up now and then. */
const LOOK_EVERY = 256;

const TOGETHER_MS = 60_000;
const MOST_KINDS = 500;

export function attemptsPath(folder: string): string {
  return join(folder, 'attempts.sqlite');
}

export async function openAttempts(folder: string, now: () => number, bound: Bound = BOUND): Promise<Attempts> {
  const log = await openHistory(attemptsPath(folder));
  const lookEvery = Math.max(1, Math.min(LOOK_EVERY, bound.most - bound.keep));
  let added = 0;
  const cutWhereTooLong = (): Promise<boolean> =>
    log.cut(bound, { at: new Date(now()).toISOString(), who: 'trunkline', run: newId() });
  await cutWhereTooLong();
  const kinds = new Map<string, { readonly since: number; readonly last: Attempt; more: number }>();
  const add = async ({ id, who, event, tells }: Attempt): Promise<void> => {
    await log.append({ at: new Date(now()).toISOString(), who, run: id, event, body: tells });
    added += 1;
    if (added % lookEvery === 0) await cutWhereTooLong();
  };
  const tellOf = async (all: boolean): Promise<void> => {
    for (const [kind, { since, last, more }] of kinds) {
      if (!all && now() - since < TOGETHER_MS) continue;
      kinds.delete(kind);
      if (more > 0) await add({ ...last, id: newId(), tells: { ...last.tells, more } });
    }
  };
  return {
    add,
    log,
    async addSparingly(attempt) {
      await tellOf(false);
      const { who, event, tells } = attempt;
      const exact = JSON.stringify([who, event, tells.what, tells.address, tells.status]);
      // Where they come from everywhere at once, they are counted as one.
      const kind = kinds.has(exact) || kinds.size < MOST_KINDS ? exact : 'others';
      const known = kinds.get(kind);
      if (known !== undefined) {
        known.more += 1;
        return;
      }
      kinds.set(kind, { since: now(), last: attempt, more: 0 });
      await add(attempt);
    },
    async close() {
      await tellOf(true);
      await log.close();
    },
  };
}
