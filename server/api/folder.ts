import type { Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { nameIn } from './places.ts';
import { isAbsent, keepUnchanged, stateOf } from './unchanged.ts';
import type { Compiled } from './work/compiled.ts';
import type { JobAnswer, JobInput, JobName } from './work/jobs.ts';
import type { Workers } from './work/workers.ts';

export type { Compiled };

/** The topologies of one folder, compiled when asked for, and again when their file or a part of theirs has changed. */
export interface TopologyFolder {
  /** Paths of topology files in the folder, sorted: what the API calls them. */
  names(): Promise<readonly string[]>;
  /**
   * `undefined` where no topology of the folder is called that, whatever the name looks like. What takes long with large models
   * belongs into `work`. Throws `too-large`.
   */
  read(name: string): Promise<Compiled | undefined>;
  /** What a job says of a topology, done beside the server's own thread. `undefined` as with `read`. Throws what the job throws. */
  work<J extends JobName>(name: string, job: J, input: JobInput<J>): Promise<JobAnswer<J> | undefined>;
  /** Where in the folder a file lies that a place names: nobody is told where the folder lies. */
  nameOf(path: string): string;
}

/** Models that are kept at hand. */
const MOST_KEPT = 32;

export function openFolder(folder: string, workers: Workers): TopologyFolder {
  const refusals = rememberRefusals();
  const run = <J extends JobName>(path: string, job: J, input: JobInput<J>): Promise<JobAnswer<J>> =>
    refusals.around(path, job, input, () => workers.run({ folder, name: nameIn(folder, path), job, input }));
  const compiled = keepUnchanged((path) => run(path, 'compile', null), MOST_KEPT);

  return {
    names: () => findTopologies(folder),
    nameOf: (path) => nameIn(folder, path),
    read: async (name) => {
      const path = await find(name);
      return path === undefined ? undefined : compiled(path);
    },
    work: async (name, job, input) => {
      const path = await find(name);
      return path === undefined ? undefined : run(path, job, input);
    },
  };

  /** Only what the listing itself came up with is ever opened: no text from outside becomes part of a path. */
  async function find(name: string): Promise<string | undefined> {
    const found = (await findTopologies(folder)).find((each) => each === name);
    return found === undefined ? undefined : join(folder, found);
  }
}

/** How long a file is not tried again that was too large, unless it changes: its parts may have, which nobody knows. */
const REFUSED_MS = 30_000;

interface Refusals {
  around<T>(path: string, job: JobName, input: unknown, next: () => Promise<T>): Promise<T>;
}

interface Refused {
  readonly state: string;
  readonly at: number;
  readonly failure: Failure;
}

/**
 * Remembers which files were too large, so that asking for them again and again keeps no thread busy. Of a question that was too
 * large nothing follows for others.
 */
function rememberRefusals(): Refusals {
  const refused = new Map<string, Refused>();
  const holds = (before: Refused | undefined, state: string): before is Refused =>
    before !== undefined && before.state === state && before.at + REFUSED_MS > performance.now();
  return {
    async around(path, job, input, next) {
      const state = await stateOf([path]);
      for (const key of [`compile ${path}`, `${job} ${path}`]) {
        const before = refused.get(key);
        if (holds(before, state)) throw before.failure;
        refused.delete(key);
      }
      try {
        return await next();
      } catch (error) {
        if (error instanceof Failure && error.kind === 'too-large' && input === null)
          refused.set(`${job} ${path}`, { state, at: performance.now(), failure: error });
        throw error;
      }
    },
  };
}

/** Files that declare a topology, in the folder itself and in its folders. Links are not followed: they may lead outside. */
export async function findTopologies(folder: string): Promise<readonly string[]> {
  const candidates = await findCandidates(folder);
  const declared = await Promise.all(
    candidates.map(async (file) => ((await isTopology(join(folder, file))) ? file : undefined)),
  );
  return declared.filter((file) => file !== undefined);
}

/** Files there that may be a topology, or a part of one, by their name. */
export async function findCandidates(folder: string): Promise<readonly string[]> {
  const here = await list(folder);
  const files = here.filter((entry) => entry.isFile()).map((entry) => entry.name);
  for (const entry of here) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const inside = await list(join(folder, entry.name));
    files.push(...inside.filter((each) => each.isFile()).map((each) => `${entry.name}/${each.name}`));
  }
  return files.filter((file) => /^(?!\.)[^/]*(\/(?!\.)[^/]*)?\.(ya?ml|json)$/.test(file)).sort();
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
