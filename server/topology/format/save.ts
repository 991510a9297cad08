/** Replaces a file in one step: whoever reads it meanwhile, or after the power failed, sees the old text or the new one. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { visibleText } from '../../core/visible-text.ts';

/**
 * Keeps owner, group and mode; of a symbolic link, what it leads to is replaced. A file that is not there yet is made.
 * Throws `file-unreadable`.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  try {
    const target = await existing(path);
    if (target === null) {
      await writeFile(path, text, { flag: 'wx' });
      return;
    }
    const fresh = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
    try {
      await writeLike(target, fresh, text);
      await rename(fresh, target);
    } finally {
      // After the rename nothing is there any more.
      await rm(fresh, { force: true });
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const detail = 'It is as it was. Check the rights on the file and on its folder, and the room on the disk.';
    throw new Failure('file-unreadable', `${visibleText(path)} could not be written${code}`, { detail, cause: error });
  }
}

async function existing(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function writeLike(model: string, path: string, text: string): Promise<void> {
  const before = await open(model, 'r');
  try {
    const { mode, uid, gid } = await before.stat();
    const file = await open(path, 'wx', 0o600);
    try {
      const own = await file.stat();
      if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid);
      await file.chmod(mode & 0o7777);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await before.close();
  }
}
