/** The texts of a folder's topologies, and what is accepted of their findings: read for the page, and written from it. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Suppression } from '../audit/suppressions.ts';
import { Failure } from '../core/failure.ts';
import type { Who } from '../operator/who.ts';
import type { AcceptedFile } from './accepted.ts';
import { addAccepted, readAccepted } from './accepted.ts';
import { findTopologies } from './folder.ts';
import { partsOf } from './parts.ts';
import { createIn, openParent, readIn, replaceIn } from './write-file.ts';

export interface TextOnDisk {
  readonly text: string;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly hash: string;
  /** Whether the owner of this process may write it. */
  readonly writable: boolean;
}

/** What came of a save: written, or refused because the file is no longer what the text was made from. */
export type SaveResult =
  | { readonly saved: true; readonly hash: string }
  | { readonly saved: false; readonly present: { readonly hash: string; readonly text: string } };

/**
 * Where texts of topologies are read and written. A name is one that the folder's listing came up with, any other is
 * `undefined`: no text from outside becomes part of a path. Who has more rights than the web process implements the same.
 */
export interface TopologyFiles {
  list(): Promise<readonly string[]>;
  read(name: string): Promise<TextOnDisk | undefined>;
  /** The files that it uses, as far as they can be read as they lie: not those that are reached by links. */
  parts(name: string): Promise<readonly PartOnDisk[] | undefined>;
  /** In one step: whoever reads meanwhile, or after the power failed, has the old text or the new one. `base`: see `hash`. */
  save(name: string, change: FileChange, who: Who): Promise<SaveResult | undefined>;
  /** Never replaces: throws `obstacle` where the name is taken, `file-unreadable` where its folder is not there. */
  create(name: string, text: string, who: Who): Promise<{ readonly hash: string }>;
  /** What is accepted of the findings of a topology; see `accepted.ts`. */
  accepted(name: string): Promise<AcceptedFile | undefined>;
  /** Adds one to those. Throws `stale-plan` where the file is no longer of that version. */
  accept(name: string, change: Acceptance, who: Who): Promise<AcceptedFile | undefined>;
}

export interface PartOnDisk extends TextOnDisk {
  /** Its path in the folder. */
  readonly file: string;
}

export interface FileChange {
  /** Not the topology itself is changed, but this file that it uses, by its path in the folder. */
  readonly part?: string | undefined;
  readonly text: string;
  readonly base: string;
}

export interface Acceptance {
  readonly added: Suppression & { readonly about: string };
  readonly version: string | null;
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Reads and writes with the rights of this process. */
export function openFiles(folder: string): TopologyFiles {
  // One save at a time: between what is compared and what is renamed lies no other save of ours.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const isListed = async (name: string): Promise<boolean> => (await findTopologies(folder)).includes(name);

  return {
    list: () => findTopologies(folder),
    async read(name) {
      if (!(await isListed(name))) return undefined;
      await using parent = await openParent(folder, name);
      const { text, writable } = await readIn(parent);
      return { text, hash: hashOf(text), writable };
    },
    async parts(name) {
      if (!(await isListed(name))) return undefined;
      const parts = await Promise.all((await partsOf(folder, name)).map((part) => readPart(folder, part)));
      return parts.filter((part) => part !== null);
    },
    save: (name, { part, text, base }) =>
      inTurn(async () => {
        if (!(await isListed(name))) return undefined;
        if (part !== undefined && !(await partsOf(folder, name)).includes(part)) throw noPart(name);
        await using parent = await openParent(folder, part ?? name);
        const present = await readIn(parent);
        const hash = hashOf(present.text);
        if (hash !== base) return { saved: false, present: { hash, text: present.text } };
        await replaceIn(parent, text);
        return { saved: true, hash: hashOf(text) };
      }),
    create: (name, text) =>
      inTurn(async () => {
        await using parent = await openParent(folder, name);
        if (!(await createIn(parent, text)))
          throw new Failure('obstacle', `${name} is there already.`, { detail: 'Choose another name.' });
        return { hash: hashOf(text) };
      }),
    accepted: async (name) => ((await isListed(name)) ? readAccepted(join(folder, name)) : undefined),
    accept: async (name, { added, version }) =>
      (await isListed(name)) ? addAccepted(join(folder, name), added, version) : undefined,
  };
}

async function readPart(folder: string, file: string): Promise<PartOnDisk | null> {
  try {
    await using parent = await openParent(folder, file);
    const { text, writable } = await readIn(parent);
    return { file, text, hash: hashOf(text), writable };
  } catch (error) {
    // What is wrong with it is among the diagnostics of whatever uses it.
    if (error instanceof Failure) return null;
    throw error;
  }
}

function noPart(name: string): Failure {
  return new Failure('file-unreadable', `${name} uses no such file.`, {
    detail: 'It may have been taken out of `use` meanwhile: look at the saved file.',
  });
}
