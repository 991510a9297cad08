import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../core/failure.ts';
import type { SnapshotFolder } from '../observe/snapshot.ts';

const LARGEST = 512 * 1024 * 1024;

/** The files of a snapshot, by their names in it. */
export async function readFolder(dir: string): Promise<SnapshotFolder> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new Failure('file-unreadable', `${dir} cannot be read`, { cause: error });
  });
  const folder = new Map<string, Buffer>();
  let total = 0;
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const content = await readFile(file);
    total += content.length;
    if (total > LARGEST) throw new Failure('file-wrong', `${dir} is larger than any snapshot`);
    folder.set(path.relative(dir, file).split(path.sep).join('/'), content);
  }
  return folder;
}
