/** The files that `use` names: each read and outlined once, whoever uses it, and bounded in number and size. */
import { posix } from 'node:path';
import type { Origin } from '../../core/place.ts';
import { quoted } from '../../core/visible-text.ts';
import { MAX_PARTS, MAX_PARTS_BYTES } from '../limits.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import { problemsVia, type Problems } from '../problems.ts';
import { readYaml, type Source } from '../yaml/read-yaml.ts';
import { readOutline, type Outline } from './outline.ts';

/** Gives the text of a file, or says why there is none (a sentence) and what to try. The path is relative as the topology's is. */
export type ReadPart = (file: string) => { readonly text: string } | { readonly reason: string; readonly hint: string };

export interface Parts {
  /** `null` where the file is wrong as a whole, which was told. `via` is how it came to be read first. */
  open(file: string, via: Origin): Reading<Outline | null>;
  /** The texts that were read. */
  readonly sources: readonly Source[];
  /** All files that were looked for, those included that are not there. */
  readonly files: readonly string[];
}

export function createParts(readPart: ReadPart, problems: Problems): Parts {
  const known = new Map<string, Reading<Outline | null>>();
  const sources: Source[] = [];
  const files: string[] = [];
  let size = 0;

  const read = (file: string, via: Origin): Reading<Outline | null> => {
    if (files.length >= MAX_PARTS)
      return unreadable(`More than ${String(MAX_PARTS)} files are used.`, 'join some of them');
    files.push(file);
    const found = readPart(file);
    if ('reason' in found) return unreadable(found.reason, found.hint);
    size += found.text.length;
    if (size > MAX_PARTS_BYTES) {
      const limit = String(MAX_PARTS_BYTES / 1024 / 1024);
      return unreadable(
        `With ${quoted(file, 200)} all parts together are larger than ${limit} MiB.`,
        'split the topology',
      );
    }
    const source = { file, text: found.text };
    sources.push(source);
    return accept(outlined(source, problemsVia(problems, via)));
  };

  return {
    sources,
    files,
    open(file, via) {
      const before = known.get(file);
      if (before !== undefined) return before;
      const part = read(file, via);
      known.set(file, part);
      return part;
    },
  };
}

function outlined(source: Source, problems: Problems): Outline | null {
  const tree = readYaml(source, problems);
  if (tree === null) return null;
  if (tree.type === 'map') return readOutline(source.file, tree, 'part', problems);
  problems.add('wrong-type', tree.place, 'A part takes a map: sections, as in a topology file.', {
    hint: 'begin with `networks:`, `guests:` or another section',
  });
  return null;
}

const ENDING = /\.(ya?ml|json)$/;

/** The path of a used file, from where the topology's own path is looked up from. */
export function partPath(user: string, path: string): Reading<string> {
  const shown = quoted(path, 200);
  if (path === '') return unreadable('The path is empty.', 'write a path like `./parts/NAME.yaml`');
  if (/[\u0000-\u001f\u007f]/.test(path)) return unreadable(`${shown} has characters in it that no path here has.`);
  if (path.startsWith('/')) {
    const hint = 'write it from the folder of this file, like `./parts/NAME.yaml`';
    return unreadable(`${shown} is an absolute path, which would lead elsewhere on every machine.`, hint);
  }
  if (!ENDING.test(path))
    return unreadable(`${shown} does not end in .yaml, .yml or .json.`, 'is it a part of a topology?');
  return accept(posix.join(posix.dirname(user), path));
}

function unreadable(detail: string, hint?: string): Reading<never> {
  return refuse('use-unreadable', detail, 0, hint);
}
