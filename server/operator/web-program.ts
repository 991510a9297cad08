/** Where the web process reads its own program and the page: where they lie, or copies where it could not come to them. */
import { chmod, chown, copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WebUser } from './web-user.ts';

export interface WebProgram {
  /** What Node is started with. */
  readonly main: string;
  /** Folder of the built page. */
  readonly page: string;
}

/**
 * `null`: sources, in a folder that few may pass. They are read while it runs, with all that they need, which is too much to copy.
 * @param into a folder of ours that the web process can pass.
 */
export async function readableProgram(program: WebProgram, user: WebUser, into: string): Promise<WebProgram | null> {
  const { main, page } = program;
  if ((await isReadable(main)) && (await isReadable(join(page, 'index.html')))) return program;
  if (!main.endsWith('.mjs')) return null;
  const [parts, pages] = [join(into, 'program'), join(into, 'program', 'page')];
  const names = (await readdir(dirname(main))).filter((name) => name.endsWith('.mjs'));
  await copyAll(dirname(main), names, parts, user);
  await copyAll(page, await readdir(page), pages, user);
  return { main: join(parts, main.slice(dirname(main).length + 1)), page: pages };
}

/** By anybody: all the way to it. */
async function isReadable(path: string): Promise<boolean> {
  if (((await stat(path)).mode & 0o004) === 0) return false;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
    if (((await stat(folder)).mode & 0o001) === 0) return false;
  return true;
}

async function copyAll(from: string, names: readonly string[], to: string, user: WebUser): Promise<void> {
  await mkdir(to, { mode: 0o750 });
  await giveToGroup(to, 0o750, user);
  for (const name of names) {
    const path = join(from, name);
    if ((await stat(path)).isDirectory()) {
      await copyAll(path, await readdir(path), join(to, name), user);
      continue;
    }
    await copyFile(path, join(to, name));
    await giveToGroup(join(to, name), 0o640, user);
  }
}

async function giveToGroup(path: string, mode: number, { gid }: WebUser): Promise<void> {
  await chown(path, 0, gid);
  await chmod(path, mode);
}
