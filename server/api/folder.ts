import type { Dirent, Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Place } from '../core/place.ts';
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';

export interface Compiled {
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What it was read from, its parts included, and parts that are not there. */
  readonly files: readonly string[];
}

/** The topologies of one folder, compiled when asked for, and again when their file or a part of theirs has changed. */
export interface TopologyFolder {
  /** Paths of topology files in the folder, sorted: what the API calls them. */
  names(): Promise<readonly string[]>;
  /** `undefined` where no topology of the folder is called that, whatever the name looks like. */
  read(name: string): Promise<Compiled | undefined>;
  /** Where in the folder a file lies that a place names: nobody is told where the folder lies. */
  nameOf(path: string): string;
}

export function openFolder(folder: string, compile: (path: string) => Promise<Compiled>): TopologyFolder {
  const known = new Map<
    string,
    { readonly files: readonly string[]; readonly state: string; readonly compiled: Compiled }
  >();
  const underWay = new Map<string, Promise<Compiled>>();

  return {
    names: () => findTopologies(folder),
    nameOf: (path) => nameIn(folder, path),
    async read(name) {
      // Only what the listing itself came up with is ever opened: no text from outside becomes part of a path.
      const found = (await findTopologies(folder)).find((each) => each === name);
      if (found === undefined) return undefined;
      const before = known.get(found);
      if (before !== undefined && before.state === (await stateOf(before.files))) return before.compiled;
      const running = underWay.get(found) ?? compileAnew(found);
      underWay.set(found, running);
      // A failure (the file went away meanwhile) is not kept: the next request tries again.
      return running.finally(() => underWay.delete(found));
    },
  };

  async function compileAnew(name: string): Promise<Compiled> {
    const path = join(folder, name);
    const started = Date.now();
    const compiled = await compile(path);
    const files = [...new Set([path, ...compiled.files])];
    const state = await stateOf(files);
    const shown = inFolder(folder, compiled);
    // What was written while it was read is read again the next time.
    if ((await lastWritten(files)) < started - CLOCK_STEP_MS) known.set(name, { files, state, compiled: shown });
    else known.delete(name);
    return shown;
  }
}

/** Diagnostics say where in the folder a file lies, not where the folder lies. */
export function inFolder(folder: string, { diagnostics, ...compiled }: Compiled): Compiled {
  const rename = <T extends Place>(place: T): T => ({ ...place, file: nameIn(folder, place.file) });
  return {
    ...compiled,
    diagnostics: diagnostics.map((each) => ({ ...rename(each), related: each.related.map(rename) })),
  };
}

function nameIn(folder: string, path: string): string {
  const start = join(folder, '/');
  return path.startsWith(start) ? path.slice(start.length) : path;
}

/** Times of files lag behind the clock by its step. */
const CLOCK_STEP_MS = 20;

async function lastWritten(files: readonly string[]): Promise<number> {
  const times = await Promise.all(files.map(async (file) => (await aboutFile(file))?.ctimeMs ?? 0));
  return Math.max(...times);
}

async function stateOf(files: readonly string[]): Promise<string> {
  const states = await Promise.all(files.map(aboutFile));
  return states
    .map((about) =>
      about === undefined ? 'absent' : [about.mtimeMs, about.ctimeMs, about.size, about.ino].map(String).join(' '),
    )
    .join('\n');
}

/** `undefined` where it is not there. */
async function aboutFile(file: string): Promise<Stats | undefined> {
  return stat(file).catch((cause: unknown) => {
    if (isAbsent(cause)) return undefined;
    throw cause;
  });
}

/** Files that declare a topology, in the folder itself and in its folders. Links are not followed: they may lead outside. */
export async function findTopologies(folder: string): Promise<readonly string[]> {
  const here = await list(folder);
  const files = here.filter((entry) => entry.isFile()).map((entry) => entry.name);
  for (const entry of here) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const inside = await list(join(folder, entry.name));
    files.push(...inside.filter((each) => each.isFile()).map((each) => `${entry.name}/${each.name}`));
  }
  const candidates = files.filter((file) => /^(?!\.)[^/]*(\/(?!\.)[^/]*)?\.(ya?ml|json)$/.test(file)).sort();
  const declared = await Promise.all(
    candidates.map(async (file) => ((await isTopology(join(folder, file))) ? file : undefined)),
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

/** Bytes of a file. */
export const SEARCHED = 65_536;

/** Parts and other YAML files lie beside topologies: what makes one is the key `topology` at the top level, near the start. */
async function isTopology(path: string): Promise<boolean> {
  let file;
  try {
    file = await open(path);
  } catch (cause) {
    // Gone since it was listed, or not ours to read: then it is no topology of this folder.
    if (isAbsent(cause)) return false;
    throw cause;
  }
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(SEARCHED), position: 0 });
    return declaresTopology(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Whether a file that starts so is a topology of its folder. */
export function declaresTopology(start: string): boolean {
  return /^\ufeff?(["']?)topology\1\s*:/m.test(start) || /^\s*\{[^{}]*"topology"\s*:/.test(start);
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && ['ENOENT', 'ENOTDIR', 'EACCES'].includes(String(cause.code));
}
