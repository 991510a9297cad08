/**
 * Saved views of the map, in one JSON file of the server's state: some hundred short texts, read and written whole. A file that was
 * written halfway is never seen: it is written beside and then takes the old one's place.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Failure } from '../core/failure.ts';

export interface SavedView {
  readonly name: string;
  readonly owner: string;
  /** Whether others see it. */
  readonly shared: boolean;
  /** What the page makes of it is the page's business. */
  readonly address: string;
  /** ISO time. */
  readonly saved: string;
}

export interface ViewStore {
  /** By name, then owner. */
  list(topology: string): Promise<readonly SavedView[]>;
  /** Takes the place of the owner's view of that name. Throws `usage` where there are too many. */
  save(topology: string, view: SavedView): Promise<void>;
  /** Whether there was one. */
  remove(topology: string, name: string, owner: string): Promise<boolean>;
}

/** What one person may keep of one topology, and what all may keep together. */
export const MOST_VIEWS = 100;
export const MOST_BYTES = 8 * 1024 * 1024;

const FileFormat = z.object({
  formatVersion: z.literal(1),
  views: z.array(
    z.object({
      topology: z.string(),
      name: z.string(),
      owner: z.string(),
      shared: z.boolean(),
      address: z.string(),
      saved: z.string(),
    }),
  ),
});

type Kept = z.infer<typeof FileFormat>['views'][number];

/** `folder`: where the topologies lie; views of files of the same name in two folders are kept apart. */
export function openViews(path: string, folder: string): ViewStore {
  // One after the other: each change begins with what the one before has left.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
  const keyOf = (topology: string): string => `${folder}/${topology}`;
  const same = (one: Kept, topology: string, name: string, owner: string): boolean =>
    one.topology === keyOf(topology) && one.name === name && one.owner === owner;

  return {
    async list(topology) {
      const found = (await read(path)).filter((each) => each.topology === keyOf(topology));
      return found
        .map(({ topology: _, ...view }) => view)
        .sort((a, b) => compare(a.name, b.name) || compare(a.owner, b.owner));
    },
    save: (topology, view) =>
      inTurn(async () => {
        const others = (await read(path)).filter((each) => !same(each, topology, view.name, view.owner));
        const own = others.filter((each) => each.topology === keyOf(topology) && each.owner === view.owner);
        if (own.length >= MOST_VIEWS) throw tooMany(`There are ${String(MOST_VIEWS)} views of this topology already.`);
        await write(path, [...others, { topology: keyOf(topology), ...view }]);
      }),
    remove: (topology, name, owner) =>
      inTurn(async () => {
        const all = await read(path);
        const others = all.filter((each) => !same(each, topology, name, owner));
        if (others.length === all.length) return false;
        await write(path, others);
        return true;
      }),
  };
}

async function read(path: string): Promise<readonly Kept[]> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new Failure('history', 'The saved views cannot be read.', { detail: path, cause });
  }
  try {
    return FileFormat.parse(JSON.parse(text)).views;
  } catch (cause) {
    throw new Failure('history', 'The file with the saved views is damaged, or of a newer version.', {
      detail: path,
      toDo: ['Mend the file, or move it away: views can be saved anew then.'],
      cause,
    });
  }
}

async function write(path: string, views: readonly Kept[]): Promise<void> {
  const text = `${JSON.stringify({ formatVersion: 1, views }, null, 1)}\n`;
  if (Buffer.byteLength(text) > MOST_BYTES) throw tooMany('There is no room for further views.');
  const beside = `${path}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(beside, text, { mode: 0o600, flush: true });
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new Failure('history', 'The view could not be saved.', { detail: path, cause });
  }
}

function tooMany(why: string): Failure {
  return new Failure('usage', 'The view was not saved.', { detail: why, toDo: ['Delete views that nobody needs.'] });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
