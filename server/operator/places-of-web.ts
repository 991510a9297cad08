/** Folders of the web process: made anew with each start, but for the one where it keeps what it has to remember (`state-of-web.ts`). */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebUser } from './web-user.ts';

export interface WebPlaces {
  /** All that follows lies in it. The web process may pass through, and see only what is made for it. */
  readonly base: string;
  /** 0700, ours: it comes to the socket in it before it gives up being us, and nobody after that. */
  readonly socketFolder: string;
  /** Copies of the topologies, which it can read and not write. */
  readonly topologies: string;
  /** What it shows itself with, once. */
  readonly key: string;
  remove(): Promise<void>;
}

const NAME = /^trunkline-serve-(\d+)-/;

export async function makeWebPlaces(user: WebUser | null): Promise<WebPlaces> {
  const parent = process.geteuid?.() === 0 ? '/run' : tmpdir();
  await sweep(parent);
  const base = await mkdtemp(join(parent, `trunkline-serve-${String(process.pid)}-`));
  // However this process ends, as long as it can do anything.
  const removeNow = (): void => {
    rmSync(base, { recursive: true, force: true });
  };
  process.on('exit', removeNow);
  const [socketFolder, topologies] = [join(base, 'socket'), join(base, 'topologies')];
  await mkdir(socketFolder, { mode: 0o700 });
  await mkdir(topologies, { mode: 0o700 });
  if (user !== null)
    for (const [folder, mode] of [
      [base, 0o710],
      [topologies, 0o750],
    ] as const) {
      await chown(folder, 0, user.gid);
      await chmod(folder, mode);
    }
  return {
    ...{ base, socketFolder, topologies },
    key: randomBytes(32).toString('base64url'),
    async remove() {
      await rm(base, { recursive: true, force: true });
      process.off('exit', removeNow);
    },
  };
}

/** What those have left that were ended without having been asked to. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(parent, name);
    const about = await lstat(path).catch(() => null);
    if (about?.isDirectory() === true && about.uid === process.geteuid?.())
      await rm(path, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
