/** The thread that jobs run on: one at a time. It keeps the topologies that it compiled last, as long as they stay as they are. */
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { Failure, failureDocument } from '../../core/failure.ts';
import type { CompiledFile } from '../../model/compile-file.ts';
import { compileFile, compileText } from '../../model/compile-file.ts';
import type { ReadPart } from '../../topology/expand/parts.ts';
import { loadTopologyFile, partReader } from '../../topology/load.ts';
import { inFolder, nameIn } from '../places.ts';
import { keepUnchanged } from '../unchanged.ts';
import type { Draft, JobFile } from './jobs.ts';
import { JOBS } from './jobs.ts';
import type { JobAnswered, JobAsked } from './messages.ts';

/** Topologies of a folder that are kept compiled, and folders. */
const MOST_KEPT = 4;
const MOST_FOLDERS = 4;

type Read = Pick<CompiledFile, 'model' | 'diagnostics' | 'files' | 'sources'>;

const NOTHING: Read = { model: null, diagnostics: [], files: [], sources: [] };

const folders = new Map<string, (path: string) => Promise<JobFile>>();

const port = parentPort;
if (port === null) throw new TypeError('This file is the body of a worker thread.');
port.on('message', (asked: JobAsked) => {
  void answer(asked).then((answered) => {
    port.postMessage(answered);
  });
});

async function answer(asked: JobAsked): Promise<JobAnswered> {
  try {
    const file = await fileOf(asked);
    // What is asked for and what it is asked with come from the table of jobs together.
    const job = JOBS[asked.job] as (file: JobFile, input: unknown) => unknown;
    return { id: asked.id, answer: job(file, asked.input) };
  } catch (error) {
    if (error instanceof Failure) return { id: asked.id, failure: failureDocument(error) };
    return { id: asked.id, defect: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function fileOf({ folder, name, job, input }: JobAsked): Promise<JobFile> {
  if (job === 'format') return jobFile(folder, join(folder, name), NOTHING);
  if (job === 'check') {
    const path = join(folder, name);
    const { part, text } = input as Draft;
    const read = partReader(folder);
    if (part === undefined) return jobFile(folder, path, compileText({ file: path, text }, { readPart: read }));
    const instead = join(folder, part);
    const readPart: ReadPart = (file) => (file === instead ? { text } : read(file));
    return jobFile(folder, path, compileText(await loadTopologyFile(path), { readPart }));
  }

  const read = folders.get(folder) ?? keepUnchanged((path) => compile(folder, path), MOST_KEPT);
  folders.set(folder, read);
  for (const oldest of folders.keys()) if (folders.size > MOST_FOLDERS) folders.delete(oldest);
  return read(join(folder, name));
}

async function compile(folder: string, path: string): Promise<JobFile> {
  return jobFile(folder, path, await compileFile(path, { within: folder }));
}

function jobFile(folder: string, path: string, { model, diagnostics, files, sources }: Read): JobFile {
  const shown = (list: readonly Diagnostic[]): readonly Diagnostic[] => inFolder(folder, list);
  const nameOf = (each: string): string => nameIn(folder, each);
  return {
    ...{ model, files, diagnostics: shown(diagnostics), name: nameOf(path), nameOf, inFolder: shown },
    sources: sources.map(({ file, text }) => ({ file: nameOf(file), text })),
  };
}
