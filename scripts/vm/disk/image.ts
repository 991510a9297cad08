/** The image in the cache: found, or made once by whoever comes first. */
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../server/core/failure.ts';
import { cacheFolder } from '../../../server/lab/agent-binary.ts';
import { debianArchitecture } from '../../../server/lab/vm/archive.ts';
import { tryTool } from '../../../server/lab/tool.ts';
import { buildImage } from './build.ts';
import { holdingFile } from './lock.ts';
import { DEBIAN_ONLY, freshLists, isUnavailable, MACHINE_LISTS, resolvePackages } from './packages.ts';
import type { Lists } from './packages.ts';
import { DISK_MIB, NEVER_STARTED, NOT_STARTED, PACKAGES } from './recipe.ts';

export type Say = (line: string) => void;

/** Tool, and Debian's package that has it. */
const TOOLS: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
};
/** An image that nobody used for so long is removed by the next that is made. */
const UNUSED_MS = 30 * 24 * 3_600_000;

export function imageCache(): string {
  return join(cacheFolder(), 'trunkline', 'vm');
}

/**
 * Path of the image of this recipe with the packages that the archive has now: `disk-RECIPE-PACKAGES.raw`, an ext4 file system
 * without partitions, read only to whoever uses it. Made where it is not there. Where it cannot be made, the newest one of this
 * recipe, saying so. Throws `tool-missing`, `no-rights`, or `lab` with everything that was tried.
 */
export async function diskImage(cache: string, say: Say): Promise<string> {
  await checkMeans();
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const recipe = digest([await readFile(join(import.meta.dirname, 'build'), 'utf8'), JSON.stringify(RECIPE)]);
  const tried: string[] = [];
  const name = await nameFor(recipe, MACHINE_LISTS, tried);
  const there = name === null ? null : await usable(join(cache, name));
  if (there !== null) return there;
  return holdingFile(join(cache, 'disk.lock'), say, async () => {
    await clearUp(cache);
    const fresh = join(cache, 'disk-lists.new');
    const ways: readonly (() => Promise<Lists | null>)[] = [
      () => Promise.resolve(MACHINE_LISTS),
      () => listsGotNow(fresh, tried),
    ];
    try {
      for (const way of ways) {
        // Newer lists make no room.
        if (tried.some((each) => each.includes('No space left on device'))) break;
        const lists = await way();
        const path = lists === null ? null : await fromLists(cache, recipe, lists, { say, tried });
        if (path !== null) return path;
      }
      return await newestOf(cache, recipe, say, tried);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  });
}

const RECIPE = { PACKAGES, NOT_STARTED, NEVER_STARTED, DISK_MIB, DEBIAN_ONLY };

interface Attempt {
  readonly say: Say;
  readonly tried: string[];
}

async function fromLists(cache: string, recipe: string, lists: Lists, { say, tried }: Attempt): Promise<string | null> {
  const name = await nameFor(recipe, lists, tried);
  if (name === null) return null;
  const path = join(cache, name);
  const there = await usable(path);
  if (there !== null) return there;
  const refused = await buildImage({ path, lists, say });
  if (refused === null) return path;
  tried.push(refused);
  return null;
}

async function nameFor(recipe: string, lists: Lists, tried: string[]): Promise<string | null> {
  const packages = await resolvePackages(PACKAGES, lists);
  if (!isUnavailable(packages)) return `disk-${recipe}-${digest(packages)}.raw`;
  tried.push(`${lists}: ${packages.refused}`);
  return null;
}

async function listsGotNow(folder: string, tried: string[]): Promise<Lists | null> {
  const lists = await freshLists(folder);
  if (!isUnavailable(lists)) return lists;
  tried.push(`apt-get update, into ${folder}: ${lists.refused}`);
  return null;
}

async function newestOf(cache: string, recipe: string, say: Say, tried: readonly string[]): Promise<string> {
  const images = (await readdir(cache)).filter((name) => name.startsWith(`disk-${recipe}-`) && name.endsWith('.raw'));
  const dated = await Promise.all(
    images.map(async (name) => ({ path: join(cache, name), at: (await stat(join(cache, name))).mtimeMs })),
  );
  const newest = dated.sort((a, b) => b.at - a.at)[0];
  if (newest === undefined) {
    throw new Failure('lab', 'The disk image for the virtual machine cannot be made', {
      detail: [...new Set(tried)].join('\n'),
      toDo: ['On Debian, with a way to its archive and room on the disk: apt-get update (as root), then try again.'],
    });
  }
  say(`no newer image can be made (${tried.at(-1) ?? ''}): using one that was made before`);
  return newest.path;
}

/** Under the lock a draft is what somebody left who was killed. */
async function clearUp(cache: string): Promise<void> {
  for (const name of (await readdir(cache)).filter((each) => each.startsWith('disk-'))) {
    const path = join(cache, name);
    const unused = name.endsWith('.raw') && Date.now() - (await stat(path)).mtimeMs > UNUSED_MS;
    if (name.endsWith('.new') || unused) await rm(path, { recursive: true, force: true });
  }
}

async function usable(path: string): Promise<string | null> {
  try {
    const now = new Date();
    await utimes(path, now, now);
    return path;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function checkMeans(): Promise<void> {
  debianArchitecture();
  if (process.geteuid?.() !== 0)
    throw new Failure('no-rights', 'The disk image is made as root', { detail: 'Installing packages needs it.' });
  const script =
    'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; for tool; do command -v "$tool" >/dev/null || echo "$tool"; done';
  const { stdout } = await tryTool(['sh', '-c', script, 'tools', ...Object.keys(TOOLS)]);
  const missing = stdout.split('\n').flatMap((tool) => TOOLS[tool] ?? []);
  if (missing.length > 0) {
    const packages = [...new Set(missing)].join(' ');
    throw new Failure('tool-missing', 'The disk image needs packages that are not installed', {
      detail: packages,
      toDo: [`Install them: scripts/setup --test, or apt-get install ${packages}`],
    });
  }
  // Debian's own keys: lists that somebody else signed would make another system.
  await access('/usr/share/keyrings/debian-archive-keyring.gpg').catch((cause: unknown) => {
    throw new Failure('unsupported', 'The disk image is made on Debian only', {
      detail: 'There is no /usr/share/keyrings/debian-archive-keyring.gpg here.',
      cause,
    });
  });
}

function digest(texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 12);
}
