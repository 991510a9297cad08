/**
 * Files of one folder, by its handle: what was a folder when it was opened stays the one that is worked in, whatever becomes of
 * its path meanwhile, and no symbolic link is followed.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { access, link, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TextDecoder } from 'node:util';
import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import { MAX_FILE_BYTES } from '../topology/limits.ts';

const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY, O_NONBLOCK } = constants;

/** A file by the folder that it lies in. */
export interface InFolder extends AsyncDisposable {
  /** As it is called to people. */
  readonly name: string;
  readonly folder: FileHandle;
  readonly base: string;
}

/** @param name a path of one or two parts below `root`: `office.yaml`, `office/office.yaml`. */
export async function openParent(root: string, name: string): Promise<InFolder> {
  const parts = name.split('/');
  const base = parts.pop() ?? '';
  // The folder itself may be reached by a link: whoever started the server chose it.
  let folder = await failing(name, () => open(root, O_RDONLY | O_DIRECTORY));
  for (const part of parts) {
    const outer = folder;
    try {
      folder = await failing(name, () => open(inside(outer, part), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    } finally {
      await outer.close();
    }
  }
  return { name, folder, base, [Symbol.asyncDispose]: () => folder.close() };
}

export async function readIn({ name, folder, base }: InFolder): Promise<{ text: string; writable: boolean }> {
  return failing(name, async () => {
    // A pipe in its place would keep whoever opens it waiting.
    await using file = await open(inside(folder, base), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const about = await file.stat();
    if (!about.isFile()) throw unreadable(name, 'It is no regular file.');
    if (about.size > MAX_FILE_BYTES) throw unreadable(name, 'It is larger than 1 MiB.');
    const bytes = await file.readFile();
    return { text: decoded(name, bytes), writable: (await mayWrite(folder)) && (await mayWriteFile(file)) };
  });
}

/** Keeps owner, group and mode. */
export async function replaceIn({ name, folder, base }: InFolder, text: string): Promise<void> {
  await failing(name, async () => {
    await using present = await open(inside(folder, base), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!(await mayWriteFile(present))) throw refused(name);
    const { mode, uid, gid } = await present.stat();
    const fresh = `.${base}.${randomBytes(6).toString('hex')}`;
    try {
      const like = async (file: FileHandle): Promise<void> => {
        const own = await file.stat();
        if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid);
        await file.chmod(mode & 0o7777);
      };
      await writeFresh(inside(folder, fresh), text, { mode: 0o600, like });
      await rename(inside(folder, fresh), inside(folder, base));
    } finally {
      // After the rename nothing is there any more.
      await rm(inside(folder, fresh), { force: true });
    }
    await folder.sync();
  });
}

/** `false` where the name is taken. */
export async function createIn({ name, folder, base }: InFolder, text: string): Promise<boolean> {
  return failing(name, async () => {
    const fresh = `.${base}.${randomBytes(6).toString('hex')}`;
    try {
      await writeFresh(inside(folder, fresh), text, { mode: 0o666 });
      // Unlike a rename, a link never replaces.
      await link(inside(folder, fresh), inside(folder, base));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(inside(folder, fresh), { force: true });
    }
    await folder.sync();
    return true;
  });
}

interface Made {
  /** Before the umask. */
  readonly mode: number;
  readonly like?: (file: FileHandle) => Promise<void>;
}

async function writeFresh(path: string, text: string, { mode, like }: Made): Promise<void> {
  await using file = await open(path, 'wx', mode);
  await like?.(file);
  await file.writeFile(text);
  await file.sync();
}

/** By the handle of the folder, which the kernel shows as a path. */
function inside(folder: FileHandle, base: string): string {
  return join('/proc/self/fd', String(folder.fd), base);
}

function mayWrite(folder: FileHandle): Promise<boolean> {
  return isAllowed(`/proc/self/fd/${String(folder.fd)}`);
}

/** A file that nobody may write is not replaced either, although the rights of its folder would let it be. */
function mayWriteFile(file: FileHandle): Promise<boolean> {
  return isAllowed(`/proc/self/fd/${String(file.fd)}`);
}

async function isAllowed(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

function decoded(name: string, bytes: Buffer): string {
  try {
    // A mark at the start stays: what is saved unchanged is the same bytes.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(name, 'It is not UTF-8 text. Save it as UTF-8 in an editor that knows how it is encoded.', cause);
  }
}

async function failing<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = codeOf(error);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') throw refused(name, error);
    const detail = `The system says ${code ?? String(error)}. The file is as it was. Check its folder, and the room on the disk.`;
    throw unreadable(name, detail, error);
  }
}

function refused(name: string, cause?: unknown): Failure {
  return new Failure('no-rights', `${visibleText(name)} may not be read or written by the server.`, {
    detail: 'It is as it was. Give the user whom the server runs as the right to write the file and its folder.',
    cause,
  });
}

function unreadable(name: string, detail: string, cause?: unknown): Failure {
  return new Failure('file-unreadable', `${visibleText(name)} cannot be read or written.`, { detail, cause });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
