/** The thread that jobs run on: one at a time. It keeps the topologies that it compiled last, as long as they stay as they are. */
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { Failure, failureDocument } from '../../core/failure.ts';
import { compileFile } from '../../model/compile-file.ts';
import { inFolder, nameIn } from '../places.ts';
import { keepUnchanged } from '../unchanged.ts';
import type { JobFile } from './jobs.ts';
import { JOBS } from './jobs.ts';
import type { JobAnswered, JobAsked } from './messages.ts';

/** Topologies of a folder that are kept compiled, and folders. */
const MOST_KEPT = 4;
const MOST_FOLDERS = 4;

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

function fileOf({ folder, name }: JobAsked): Promise<JobFile> {
  const read = folders.get(folder) ?? keepUnchanged((path) => compile(folder, path), MOST_KEPT);
  folders.set(folder, read);
  for (const oldest of folders.keys()) if (folders.size > MOST_FOLDERS) folders.delete(oldest);
  return read(join(folder, name));
}

async function compile(folder: string, path: string): Promise<JobFile> {
  const { model, diagnostics, files } = await compileFile(path, { within: folder });
  return { model, files, diagnostics: inFolder(folder, diagnostics), nameOf: (each) => nameIn(folder, each) };
}
