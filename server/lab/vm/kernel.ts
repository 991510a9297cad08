import { access, mkdir, mkdtemp, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { runTool } from '../tool.ts';
import { debianArchitecture, freshArchive, machineArchive } from './archive.ts';
import type { Archive } from './archive.ts';
import { makeRoom } from './room.ts';

/** Debian's stock cloud kernel, unpacked into a cache folder. Nothing is installed on this machine. */
export interface StockKernel {
  /** `6.1.0-56-cloud-amd64` */
  readonly release: string;
  readonly image: string;
  /** Its folder of modules, with the index that modprobe reads. */
  readonly modules: string;
}

/** A draft that is older was left by a run that was killed. */
const DRAFT_MS = 3_600_000;

/**
 * The newest kernel that the archive offers, from the cache where it was got before. Where it cannot be had: with lists of
 * packages got anew, else the newest in the cache, saying so. Throws `lab` with everything that was tried.
 */
export async function fetchKernel(cache: string, say: (line: string) => void): Promise<StockKernel> {
  await mkdir(cache, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new Failure('no-rights', `The cache folder ${cache} cannot be made`, {
      detail: 'Set XDG_CACHE_HOME to a folder that can be written.',
      cause,
    });
  });
  await removeDrafts(cache);
  const tried: string[] = [];
  const first = await fromArchive(machineArchive(), cache, say, tried);
  if (first !== null) return first;
  // Where the disk is full, newer lists help nobody, and apt-get update may wait there for ever.
  const room = makeRoom(tried.join('\n'), [cache]);
  const second = room.length > 0 ? null : await withFreshLists(cache, say, tried);
  if (second !== null) return second;
  const cached = (await cachedReleases(cache)).at(-1);
  if (cached === undefined) {
    throw new Failure('lab', 'Debian’s kernel for the virtual machine cannot be had', {
      detail: tried.join('\n'),
      toDo:
        room.length > 0 ? room : ['On Debian, with a way to its archive: apt-get update (as root), then try again.'],
    });
  }
  say(`the archive gives no kernel (${tried.at(-1) ?? ''}): using ${cached}, which was got before`);
  return kernelIn(cache, cached);
}

async function withFreshLists(
  cache: string,
  say: (line: string) => void,
  tried: string[],
): Promise<StockKernel | null> {
  const fresh = await freshArchive(cache);
  if (typeof fresh !== 'string') return fromArchive(fresh, cache, say, tried);
  tried.push(`apt-get update, into ${cache}: ${fresh}`);
  return null;
}

async function fromArchive(
  archive: Archive,
  cache: string,
  say: (line: string) => void,
  tried: string[],
): Promise<StockKernel | null> {
  const meta = `linux-image-cloud-${debianArchitecture()}`;
  const name = (await archive.dependenciesOf(meta)).find((each) => each.startsWith('linux-image-'));
  if (name === undefined) {
    tried.push(`${meta}: apt knows no such package`);
    return null;
  }
  const release = name.slice('linux-image-'.length);
  if (!(await isThere(kernelIn(cache, release).image))) {
    say(`getting Debian's kernel ${release} into ${cache}`);
    const refused = await unpackKernel(archive, release, cache);
    if (refused !== null) {
      tried.push(`${name}: ${refused}`);
      return null;
    }
  }
  return kernelIn(cache, release);
}

async function unpackKernel(archive: Archive, release: string, cache: string): Promise<string | null> {
  const draft = await mkdtemp(join(cache, 'new-'));
  try {
    const refused = await archive.unpack(`linux-image-${release}`, draft);
    if (refused !== null) return refused;
    // Debian 13 has the modules under /usr/lib.
    if (!(await isThere(join(draft, 'lib')))) await symlink('usr/lib', join(draft, 'lib'));
    await runTool('list the modules of the kernel', ['depmod', '-b', draft, release]);
    await rename(draft, join(cache, release)).catch(async (cause: unknown) => {
      // Another run may have been first: both brought the same.
      if (!(await isThere(kernelIn(cache, release).image))) throw cause;
    });
    return null;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function kernelIn(cache: string, release: string): StockKernel {
  const folder = join(cache, release);
  return { release, image: join(folder, 'boot', `vmlinuz-${release}`), modules: join(folder, 'lib/modules', release) };
}

async function cachedReleases(cache: string): Promise<readonly string[]> {
  const releases: string[] = [];
  for (const name of await readdir(cache)) if (await isThere(kernelIn(cache, name).image)) releases.push(name);
  return releases.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

async function removeDrafts(cache: string): Promise<void> {
  for (const name of (await readdir(cache)).filter((each) => each.startsWith('new-'))) {
    const { mtimeMs } = await stat(join(cache, name));
    if (Date.now() - mtimeMs > DRAFT_MS) await rm(join(cache, name), { recursive: true, force: true });
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
