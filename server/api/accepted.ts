/**
 * What is accepted of a topology's findings: `office.accepted.yaml` beside `office.yaml`, in the form that `audit --accepted` reads.
 * It is written whole and moved into its place; comments stay.
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isSeq, parseDocument } from 'yaml';
import type { Suppression } from '../audit/suppressions.ts';
import { readSuppressions } from '../audit/suppressions.ts';
import { Failure } from '../core/failure.ts';

export interface AcceptedFile {
  /** Path of the file, which need not be there. */
  readonly path: string;
  /** Of its text; `null` where there is no file. */
  readonly version: string | null;
  readonly text: string;
}

/** `/site/office.yaml` → `/site/office.accepted.yaml` */
export function acceptedPath(topology: string): string {
  return topology.replace(/\.(ya?ml|json)$/, '') + '.accepted.yaml';
}

export async function readAccepted(topology: string): Promise<AcceptedFile> {
  const path = acceptedPath(topology);
  // A link may lead out of the folder.
  const about = await lstat(path).catch(absent);
  if (about === undefined) return { path, version: null, text: '' };
  if (!about.isFile())
    throw new Failure('file-unreadable', `${basename(path)} is no plain file`, {
      detail: 'What is accepted of an audit is kept in a file of its own beside the topology.',
    });
  const text = await readFile(path, 'utf8');
  return { path, version: versionOf(text), text };
}

/** Throws `file-wrong` where the text is no list of what is accepted. */
export function suppressionsIn({ path, version, text }: AcceptedFile): readonly Suppression[] {
  return version === null ? [] : readSuppressions(basename(path), text);
}

const underWay = new Map<string, Promise<unknown>>();

/** Adds one. Throws `stale-plan` where the file is no longer of that version. */
export async function addAccepted(topology: string, added: Suppression, version: string | null): Promise<AcceptedFile> {
  const path = acceptedPath(topology);
  // One after the other: two that saw the same version must not both be written.
  const before = underWay.get(path) ?? Promise.resolve();
  const running = before.then(() => write(topology, added, version));
  const settled = running.then(nothing, nothing);
  underWay.set(path, settled);
  try {
    return await running;
  } finally {
    if (underWay.get(path) === settled) underWay.delete(path);
  }
}

async function write(topology: string, added: Suppression, version: string | null): Promise<AcceptedFile> {
  const before = await readAccepted(topology);
  requireVersion(before, version);
  const former = suppressionsIn(before);
  const text = withAdded(before.text, added);
  const { path } = before;
  const after = { path, text, version: versionOf(text) };
  const read = suppressionsIn(after);
  if (!isDeepStrictEqual(read, [...former, added]))
    throw new Failure('internal', `${basename(path)} would not say what it should`);
  const next = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeThrough(next, text);
    requireVersion(await readAccepted(topology), version);
    await rename(next, path);
  } catch (cause) {
    await rm(next, { force: true });
    if (cause instanceof Failure) throw cause;
    throw new Failure('obstacle', `${basename(path)} cannot be written`, { cause });
  }
  return after;
}

function requireVersion({ path, version }: AcceptedFile, seen: string | null): void {
  if (version === seen) return;
  throw new Failure('stale-plan', `${basename(path)} has changed meanwhile`, {
    detail: 'Somebody else has accepted, or taken back, something since this page read it.',
    toDo: ['Look at the findings again, then accept.'],
  });
}

async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function withAdded(text: string, { finding, about, reason, until }: Suppression): string {
  const entry = { finding, ...(about === null ? {} : { about }), reason, until };
  const document = parseDocument(text, { schema: 'core', version: '1.2' });
  const list = document.get('suppress');
  if (isSeq(list)) list.add(document.createNode(entry));
  else document.set('suppress', document.createNode([entry]));
  return document.toString({ lineWidth: 0 });
}

function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function absent(cause: unknown): undefined {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
  throw cause;
}

function nothing(): undefined {
  return undefined;
}
