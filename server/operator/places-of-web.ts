/** Folders of the web process: made anew with each start, but for the one where it keeps what it has to remember. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { historyPath } from '../store/place.ts';
import type { WebUser } from './web-user.ts';

export interface WebPlaces {
  /** 0700, its own: only it can get at the socket in it. */
  readonly socketFolder: string;
  /** Copies of the topologies, which it can read and not write. */
  readonly topologies: string;
  /** 0700, its own, there again with the next start. */
  readonly state: string;
  /** What it shows itself with, once. */
  readonly key: string;
  remove(): Promise<void>;
}

export async function makeWebPlaces(user: WebUser | null): Promise<WebPlaces> {
  const root = process.geteuid?.() === 0;
  const base = await mkdtemp(join(root ? '/run' : tmpdir(), 'trunkline-serve-'));
  const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const gid = user?.gid ?? own.gid;
  const [socketFolder, topologies] = [join(base, 'socket'), join(base, 'topologies')];
  // It may pass through, and see only what is made for it.
  await chown(base, own.uid, gid);
  await chmod(base, 0o710);
  await mkdir(socketFolder, { mode: 0o700 });
  await mkdir(topologies, { mode: 0o750 });
  await chown(topologies, own.uid, gid);
  return {
    ...{ socketFolder, topologies, state: await stateFolder(user) },
    key: randomBytes(32).toString('base64url'),
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

/** Beside the history: a folder of its own, since the history's is closed to others. */
async function stateFolder(user: WebUser | null): Promise<string> {
  const path = `${dirname(historyPath())}-web`;
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700, recursive: true });
  const about = await lstat(path);
  const uid = user?.uid ?? process.geteuid?.() ?? 0;
  if (!about.isDirectory()) throw new Failure('obstacle', 'The folder of the web process is none.', { detail: path });
  if (about.uid !== uid && user !== null) {
    // Made just now, or left by an earlier one: only the folder and the files in it, and through no link.
    await giveAway(path, user);
  }
  await chmod(path, 0o700);
  return path;
}

async function giveAway(path: string, { uid, gid }: WebUser): Promise<void> {
  const { lchown, readdir } = await import('node:fs/promises');
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const about = await lstat(join(path, entry.name));
    // A file of somebody else's may have a second name here.
    if (about.isFile() && about.nlink === 1) await lchown(join(path, entry.name), uid, gid);
  }
  await lchown(path, uid, gid);
}
