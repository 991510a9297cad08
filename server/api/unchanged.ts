import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What is made from files has to say from which, those included that are not there. */
interface Made {
  readonly files: readonly string[];
}

/**
 * Makes something from a file when it is asked for, and again when one of the files that it came from has changed.
 * @param most how many are kept; the one asked for longest ago goes first.
 */
export function keepUnchanged<T extends Made>(
  make: (path: string) => Promise<T>,
  most: number,
): (path: string) => Promise<T> {
  const known = new Map<string, { readonly state: string; readonly made: T }>();
  const underWay = new Map<string, Promise<T>>();

  return async (path) => {
    const before = known.get(path);
    if (before !== undefined && before.state === (await stateOf(before.made.files))) {
      keep(path, before);
      return before.made;
    }
    const running = underWay.get(path) ?? makeAnew(path);
    underWay.set(path, running);
    // A failure (the file went away meanwhile) is not kept: whoever asks next tries again.
    return running.finally(() => underWay.delete(path));
  };

  async function makeAnew(path: string): Promise<T> {
    known.delete(path);
    const started = Date.now();
    const made = await make(path);
    const files = [...new Set([path, ...made.files])];
    const state = await stateOf(files);
    // What was written while it was read is read again the next time.
    if ((await lastWritten(files)) < started - CLOCK_STEP_MS) keep(path, { state, made: { ...made, files } });
    return made;
  }

  function keep(path: string, entry: { readonly state: string; readonly made: T }): void {
    known.delete(path);
    known.set(path, entry);
    for (const oldest of known.keys()) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
  }
}

/** Times of files lag behind the clock by its step. */
const CLOCK_STEP_MS = 20;

async function lastWritten(files: readonly string[]): Promise<number> {
  const times = await Promise.all(files.map(async (file) => (await aboutFile(file))?.ctimeMs ?? 0));
  return Math.max(...times);
}

export async function stateOf(files: readonly string[]): Promise<string> {
  const states = await Promise.all(files.map(aboutFile));
  return states
    .map((about) =>
      about === undefined ? 'absent' : [about.mtimeMs, about.ctimeMs, about.size, about.ino].map(String).join(' '),
    )
    .join('\n');
}

/** `undefined` where it is not there. */
async function aboutFile(file: string): Promise<Stats | undefined> {
  return stat(file).catch((cause: unknown) => {
    if (isAbsent(cause)) return undefined;
    throw cause;
  });
}

export function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && ['ENOENT', 'EACCES', 'ENOTDIR'].includes(String(cause.code));
}
