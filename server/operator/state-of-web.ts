/** The folder where the web process keeps what it has to remember, there again with the next start: its own, and closed to others. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { webFolder } from '../store/place.ts';
import type { WebUser } from './web-user.ts';
import { isOurs } from './web-user.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Throws where it is somebody else's, or the web process could not come to it. */
export async function stateOfWeb(user: WebUser | null): Promise<string> {
  const path = webFolder();
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700, recursive: true });
  if (user !== null) await requireWay(path);
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  await using folder = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((cause: unknown) => {
    throw new Failure('no-rights', 'The folder of the web process cannot be opened.', { detail: path, cause });
  });
  const owner = user ?? { uid, gid };
  const about = await folder.stat();
  if (about.uid !== owner.uid) {
    if (uid !== 0 || (about.uid !== 0 && !isOurs(about.uid)))
      throw new Failure('no-rights', 'The folder of the web process belongs to somebody else.', {
        detail: `${path} belongs to the user number ${String(about.uid)}.`,
      });
    await giveAway(folder, owner);
  }
  await folder.chmod(0o700);
  return path;
}

/** Made by root just now, or left by another web process: the folder and the files in it, and nothing that something in it leads to. */
async function giveAway(folder: FileHandle, { uid, gid }: WebUser): Promise<void> {
  // From here on nobody but us changes what is in it.
  await folder.chown(0, 0);
  await folder.chmod(0o700);
  const inside = `/proc/self/fd/${String(folder.fd)}`;
  for (const entry of await readdir(inside, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    await using file = await open(join(inside, entry.name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const about = await file.stat();
    // A file of somebody else's may have a second name here.
    if (about.isFile() && about.nlink === 1) await file.chown(uid, gid);
  }
  await folder.chown(uid, gid);
}

/** Whoever has no rights goes only through folders that all may pass. */
async function requireWay(path: string): Promise<void> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) !== 0) continue;
    throw new Failure('no-rights', 'The web process cannot come to the folder where it keeps who may sign in.', {
      detail: `It runs as a user without rights, and ${folder}, in which ${path} lies, may be passed by few.`,
      toDo: [`Let all pass it (chmod o+x ${folder}), or name another place with XDG_STATE_HOME.`],
    });
  }
}
