/**
 * A log that has a bound: its oldest entries go, and one is added that has the hash of the last that went. What is left follows from
 * that entry, which is in the chain itself: to take out more, or others, by hand still shows.
 */
import { z } from 'zod';

export const CUT = 'cut';

const CutBody = z.looseObject({
  /** Numbers of the first and the last that went. */
  from: z.number().int().positive(),
  through: z.number().int().positive(),
  /** Of that last one. */
  hash: z.string(),
});
export type CutBody = z.infer<typeof CutBody>;

export interface Bound {
  /** Beyond so many entries it is cut. */
  readonly most: number;
  /** So many of the newest are left. */
  readonly keep: number;
}

/** What the first entry that is there follows from: a number and a hash. */
export interface Before {
  readonly number: number;
  readonly hash: string;
}

const BEGINNING: Before = { number: 0, hash: '' };

/** @param cuts bodies of the entries that tell of cuts, as they are stored. */
export function beforeFirst(first: number, cuts: readonly string[]): Before {
  if (first === 1) return BEGINNING;
  const found = cuts.map(readCut).find((cut) => cut?.through === first - 1);
  // Nobody told of it: then what is there does not follow from what was.
  return found === undefined || found === null ? BEGINNING : { number: found.through, hash: found.hash };
}

function readCut(body: string): CutBody | null {
  try {
    return CutBody.safeParse(JSON.parse(body)).data ?? null;
  } catch (error) {
    // Edited by hand: it tells of nothing.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
