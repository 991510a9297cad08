import type { Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Place } from '../core/place.ts';
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';

export interface Compiled {
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** The topologies of one folder, compiled when asked for, and again when their file has changed. */
export interface TopologyFolder {
  /** Paths of topology files in the folder, sorted: what the API calls them. */
  names(): Promise<readonly string[]>;
  /** `undefined` where no topology of the folder is called that, whatever the name looks like. */
  read(name: string): Promise<Compiled | undefined>;
}

export function openFolder(folder: string, compile: (path: string) => Promise<Compiled>): TopologyFolder {
  const known = new Map<string, { readonly state: string; readonly compiled: Promise<Compiled> }>();

  return {
    names: () => findTopologies(folder),
    async read(name) {
      // Only what the listing itself came up with is ever opened: no text from outside becomes part of a path.
      const found = (await findTopologies(folder)).find((each) => each === name);
      if (found === undefined) return undefined;
      const path = join(folder, found);
      const state = await stateOf(path);
      const before = known.get(found);
      if (before?.state === state) return before.compiled;
      const compiled = compile(path).then((result) => nameAs(found, path, result));
      known.set(found, { state, compiled });
      // A failure (the file went away meanwhile) is not kept: the next request tries again.
      compiled.catch(() => known.delete(found));
      return compiled;
    },
  };
}

/** Diagnostics say where in the folder a file lies, not where the folder lies. */
function nameAs(name: string, path: string, { model, diagnostics }: Compiled): Compiled {
  const rename = <T extends Place>(place: T): T => (place.file === path ? { ...place, file: name } : place);
  return { model, diagnostics: diagnostics.map((each) => ({ ...rename(each), related: each.related.map(rename) })) };
}

async function stateOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${String(mtimeMs)} ${String(size)} ${String(ino)}`;
}

/** Files that declare a topology, in the folder itself and in its folders. Links are not followed: they may lead outside. */
async function findTopologies(folder: string): Promise<readonly string[]> {
  const here = await list(folder);
  const files = here.filter((entry) => entry.isFile()).map((entry) => entry.name);
  for (const entry of here) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const inside = await list(join(folder, entry.name));
    files.push(...inside.filter((each) => each.isFile()).map((each) => `${entry.name}/${each.name}`));
  }
  const candidates = files.filter((file) => /^(?!\.)[^/]*(\/(?!\.)[^/]*)?\.(ya?ml|json)$/.test(file)).sort();
  const declared = await Promise.all(
    candidates.map(async (file) => ((await declaresTopology(join(folder, file))) ? file : undefined)),
  );
  return declared.filter((file) => file !== undefined);
}

async function list(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw new Failure('file-unreadable', 'The folder with the topologies cannot be read.', { detail: folder, cause });
  }
}

/** Parts and other YAML files lie beside topologies: what makes one is the key `topology` at the top level, near the start. */
async function declaresTopology(path: string): Promise<boolean> {
  let file;
  try {
    file = await open(path);
  } catch (cause) {
    // Gone since it was listed, or not ours to read: then it is no topology of this folder.
    if (isAbsent(cause)) return false;
    throw cause;
  }
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(65_536), position: 0 });
    const start = buffer.toString('utf8', 0, bytesRead);
    return /^\ufeff?(["']?)topology\1\s*:/m.test(start) || /^\s*\{[^{}]*"topology"\s*:/.test(start);
  } finally {
    await file.close();
  }
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && ['ENOENT', 'ENOTDIR', 'EACCES'].includes(String(cause.code));
}
