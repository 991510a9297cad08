/**
 * Debian's stock cloud kernel, as a package from the configured archive (whose signed index apt checks it against),
 * unpacked into a cache folder. Nothing is installed on this machine.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { runTool } from './tool.ts';

export interface StockKernel {
  /** `6.1.0-56-cloud-amd64` */
  readonly release: string;
  readonly image: string;
  /** Its folder of modules, with the index that modprobe reads. */
  readonly modules: string;
}

const META_PACKAGE = `linux-image-cloud-${debianArchitecture()}`;

/** The newest kernel that the archive offers; where the archive cannot be asked, the newest in the cache. */
export function fetchKernel(cache: string, say: (line: string) => void): StockKernel {
  const release = offeredRelease() ?? cachedReleases(cache).at(-1);
  if (release === undefined) {
    throw new Error(`apt offers no ${META_PACKAGE}: run 'apt-get update' on a Debian machine, then try again`);
  }
  const folder = path.join(cache, release);
  if (!existsSync(folder)) {
    say(`getting Debian's kernel ${release} into ${folder}`);
    mkdirSync(cache, { recursive: true });
    const work = mkdtempSync(path.join(cache, 'new-'));
    try {
      unpackKernel(release, work);
      // Another run may have been first: both brought the same.
      if (!existsSync(folder)) renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return {
    release,
    image: path.join(folder, 'boot', `vmlinuz-${release}`),
    modules: path.join(folder, 'lib/modules', release),
  };
}

function unpackKernel(release: string, work: string): void {
  // As root apt drops to the user _apt where it can; from a folder of our own it cannot, and only warns about it.
  runTool('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', `linux-image-${release}`], { cwd: work });
  const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get download linux-image-${release} brought no package`);
  runTool('dpkg-deb', ['-x', archive, work], { cwd: work });
  rmSync(path.join(work, archive));
  // Debian 13 has the modules under /usr/lib.
  if (!existsSync(path.join(work, 'lib'))) symlinkSync('usr/lib', path.join(work, 'lib'));
  runTool('depmod', ['-b', work, release]);
}

function offeredRelease(): string | undefined {
  const answer = runTool('apt-cache', ['depends', META_PACKAGE], { mayFail: true });
  return /Depends: linux-image-(\S+)/.exec(answer)?.[1];
}

function cachedReleases(cache: string): readonly string[] {
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => existsSync(path.join(cache, name, 'boot', `vmlinuz-${name}`)))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

function debianArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
