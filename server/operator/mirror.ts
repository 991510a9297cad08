/**
 * What the web process reads of the folder of topologies: those files and the parts that they use, and nothing else that may lie
 * there, as copies in a folder that it can read and not write. The folder itself need not be readable to it.
 */
import { chmod, chown, mkdir, readdir, rm, writeFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findTopologies } from '../api/folder.ts';
import { Failure } from '../core/failure.ts';
import { loadTopologyFile, partReader } from '../topology/load.ts';
import { readTopology } from '../topology/read.ts';
import { inFolder } from './make-plan.ts';
import { stateOfFiles } from './watch-files.ts';

export interface Mirror {
  /** Where the copies lie. */
  readonly folder: string;
  /** Brings the copies up to date. */
  refresh(): Promise<void>;
}

/** @param group who may read the copies, besides whoever runs this; `null`: nobody else. */
export function openMirror(folder: string, into: string, group: number | null): Mirror {
  /** By topology: the files that it was read from, and what they were like. */
  const known = new Map<string, { readonly files: readonly string[]; readonly state: string }>();
  /** What was copied, by its path in the folder. */
  const copies = new Map<string, string>();
  let underWay: Promise<void> | null = null;

  const readAnew = async (name: string): Promise<ReadonlyMap<string, string>> => {
    const path = join(folder, name);
    const texts = new Map<string, string>();
    const files = [path];
    const readPart = partReader(folder);
    const source = await loadTopologyFile(path);
    texts.set(name, source.text);
    const before = Date.now();
    const read = readTopology(source, {
      readPart: (file) => {
        const part = readPart(file);
        files.push(file);
        if ('text' in part) texts.set(inFolder(folder, file), part.text);
        return part;
      },
    });
    const all = [...new Set([...files, ...read.files])];
    known.set(name, { files: all, state: await stateOfFiles(all, before) });
    return texts;
  };

  const copy = async (name: string, text: string): Promise<void> => {
    const path = join(into, name);
    if (!path.startsWith(`${into}/`)) throw new Failure('internal', 'A part lies outside of the folder.');
    await makeFolders(into, dirname(name), group);
    const beside = join(dirname(path), '.new');
    await writeFile(beside, text, { mode: 0o640 });
    if (group !== null) await chown(beside, process.getuid?.() ?? 0, group);
    await rename(beside, path);
  };

  const bringUpToDate = async (): Promise<void> => {
    const names = new Set(await findTopologies(folder));
    for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    const wanted = new Set<string>();
    for (const name of names) {
      const before = known.get(name);
      if (before?.state !== (before && (await stateOfFiles(before.files, null)))) known.delete(name);
      if (!known.has(name)) {
        // It may have gone since it was listed, or be no text: then there is nothing to show.
        const texts = await readAnew(name).catch((error: unknown) => {
          if (error instanceof Failure) return new Map<string, string>();
          throw error;
        });
        for (const [file, text] of texts) {
          if (copies.get(file) !== text) await copy(file, text);
          copies.set(file, text);
        }
      }
      for (const file of known.get(name)?.files ?? []) wanted.add(inFolder(folder, file));
    }
    for (const file of copies.keys()) {
      if (wanted.has(file)) continue;
      copies.delete(file);
      await rm(join(into, file), { force: true });
    }
  };

  return {
    folder: into,
    refresh() {
      underWay ??= bringUpToDate().finally(() => {
        underWay = null;
      });
      return underWay;
    },
  };
}

async function makeFolders(into: string, path: string, group: number | null): Promise<void> {
  let at = into;
  for (const part of path.split('/').filter((each) => each !== '.' && each !== '')) {
    at = join(at, part);
    const made = await mkdir(at, { mode: 0o750 }).then(
      () => true,
      (cause: unknown) => {
        if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
        throw cause;
      },
    );
    if (made && group !== null) {
      await chown(at, process.getuid?.() ?? 0, group);
      await chmod(at, 0o750);
    }
  }
}

/** Takes away what a folder holds, and the folder. */
export async function removeMirror(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}
