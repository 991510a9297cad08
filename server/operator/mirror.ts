/**
 * What the web process reads of the folder of topologies: those files, the parts that they use and what may become one by its name
 * (YAML and JSON beside them), and nothing else that may lie there, as copies in a folder that it can read and not write. The folder
 * itself need not be readable to it.
 */
import { constants } from 'node:fs';
import { chmod, chown, mkdir, open, rm, writeFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findCandidates, findTopologies } from '../api/folder.ts';
import { Failure } from '../core/failure.ts';
import { MAX_FILE_BYTES } from '../topology/limits.ts';
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
  const copies = new Map<string, string | Buffer>();
  let underWay: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  const readAnew = async (name: string): Promise<ReadonlyMap<string, string | Buffer>> => {
    const path = join(folder, name);
    const texts = new Map<string, string>();
    const files = [path];
    const readPart = partReader(folder);
    const before = Date.now();
    const source = await loadTopologyFile(path);
    texts.set(name, source.text);
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

  /** No topology; or too large, or no text: what of it is needed to see that. Nothing where it has gone since it was listed. */
  const readRaw = async (name: string): Promise<ReadonlyMap<string, Buffer>> => {
    const path = join(folder, name);
    const before = Date.now();
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
    if (file === null) return new Map();
    try {
      if (!(await file.stat()).isFile()) return new Map();
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MAX_FILE_BYTES + 1), position: 0 });
      known.set(name, { files: [path], state: await stateOfFiles([path], before) });
      return new Map([[name, buffer.subarray(0, bytesRead)]]);
    } finally {
      await file.close();
    }
  };

  const copy = async (name: string, text: string | Buffer): Promise<void> => {
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
    // Whoever is writing a topology may name parts that none uses yet.
    const all = new Set([...names, ...(await findCandidates(folder))]);
    for (const name of known.keys()) if (!all.has(name)) known.delete(name);
    const wanted = new Set<string>();
    for (const name of all) {
      const before = known.get(name);
      if (before?.state !== (before && (await stateOfFiles(before.files, null)))) known.delete(name);
      if (!known.has(name)) {
        const reading = names.has(name) ? readAnew(name) : readRaw(name);
        const texts = await reading.catch(async (error: unknown) => {
          if (error instanceof Failure) return readRaw(name);
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

  function begin(): Promise<void> {
    next = null;
    underWay = bringUpToDate().finally(() => {
      underWay = null;
    });
    return underWay;
  }

  return {
    folder: into,
    refresh() {
      // What is under way may have looked before whatever it is that is waited for: those who come meanwhile share the next one.
      const before = underWay;
      if (before !== null) {
        next ??= before.then(begin, begin);
        return next;
      }
      return begin();
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
