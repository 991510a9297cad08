/** `history.sqlite.head`: the last entry of a history, by number and hash, so that one that was cut off at its end shows. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const CutOff = z.object({
  /** The first that is missing. */
  from: z.number().int().positive(),
  /** The last that was there. */
  to: z.number().int().positive(),
});
/** Entries that were there once. */
export type CutOff = z.infer<typeof CutOff>;

const Head = z.object({
  number: z.number().int().positive(),
  hash: z.string(),
  /** What was found missing when entries were added since. */
  lost: z.array(CutOff),
});
export type Head = z.infer<typeof Head>;

export function headPath(path: string): string {
  return `${path}.head`;
}

/** `null` where there is none that can be read: a history of an older version has none. */
export function readHead(path: string): Head | null {
  try {
    return Head.safeParse(JSON.parse(readFileSync(headPath(path), 'utf8'))).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return null;
    throw error;
  }
}

export function writeHead(path: string, head: Head): void {
  const next = `${headPath(path)}.${String(process.pid)}`;
  writeFileSync(next, JSON.stringify(head), { mode: 0o600 });
  renameSync(next, headPath(path));
}

/** What is missing of what the head knows. Where its entry is there and another one, all up to it may be: that many are. */
export async function lossOf(
  head: Head | null,
  last: number,
  hashAt: (number: number) => Promise<string | undefined>,
): Promise<readonly CutOff[]> {
  if (head === null) return [];
  if (last < head.number) return [{ from: last + 1, to: head.number }];
  return (await hashAt(head.number)) === head.hash ? [] : [{ from: head.number, to: head.number }];
}
