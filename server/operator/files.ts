/** The topology files of the folder: what they say, and writing one whole where nobody else has meanwhile. */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findTopologies } from '../api/folder.ts';
import { Failure } from '../core/failure.ts';
import { MAX_FILE_BYTES } from '../topology/limits.ts';
import type { FileText } from './operator.ts';

/** The path of a topology of this name: only what the listing itself came up with is ever opened. Throws `file-unreadable`. */
export async function topologyPath(folder: string, name: string): Promise<string> {
  const found = (await findTopologies(folder)).find((each) => each === name);
  if (found === undefined) throw noSuchTopology();
  return join(folder, found);
}

export function noSuchTopology(): Failure {
  return new Failure('file-unreadable', 'No topology of this folder has that name.');
}

/** `null`: there is no topology of that name, or it is gone since it was listed. */
export async function readTopologyFile(folder: string, name: string): Promise<FileText | null> {
  const found = (await findTopologies(folder)).find((each) => each === name);
  if (found === undefined) return null;
  const bytes = await readWhole(join(folder, found));
  return bytes === null ? null : { text: bytes.toString('utf8'), hash: hashOf(bytes) };
}

/** Only a regular file, and no link: what it leads to is not in the folder. */
async function readWhole(path: string): Promise<Buffer | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
      throw new Failure('file-unreadable', 'The file cannot be read.', { cause });
    },
  );
  if (file === null) return null;
  try {
    const about = await file.stat();
    if (!about.isFile() || about.size > MAX_FILE_BYTES)
      throw new Failure('file-unreadable', `It is no regular file of at most ${String(MAX_FILE_BYTES)} bytes.`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

export interface SavedFile extends FileText {
  /** Before. */
  readonly from: string;
}

/**
 * Writes a file whole: a new one beside it, then renamed. Throws `file-changed` where it is not the one any more that `basedOn` is
 * the hash of.
 */
export async function saveTopologyFile(
  folder: string,
  name: string,
  { text, basedOn }: { readonly text: string; readonly basedOn: string },
): Promise<FileText> {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > MAX_FILE_BYTES)
    throw new Failure('usage', `A topology file has at most ${String(MAX_FILE_BYTES / 1024 / 1024)} MiB.`);
  const path = await topologyPath(folder, name);
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const before = await unchangedFile(path, basedOn);
  const file = await open(beside, 'wx', before.mode & 0o777);
  try {
    try {
      await file.chown(before.uid, before.gid);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    // Looked at once more: writing took its time.
    await unchangedFile(path, basedOn);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  return { text, hash: hashOf(bytes) };
}

async function unchangedFile(
  path: string,
  basedOn: string,
): Promise<{ readonly mode: number; readonly uid: number; readonly gid: number }> {
  const bytes = await readWhole(path);
  if (bytes === null) throw noSuchTopology();
  if (hashOf(bytes) !== basedOn)
    throw new Failure('file-changed', 'The file was changed by somebody else since it was read', {
      detail: 'Nothing was written.',
      toDo: ['Read it again, and make the change on what is there now.'],
    });
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await file.stat();
  } finally {
    await file.close();
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
