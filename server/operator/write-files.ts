/** What lies in the folder, read and written for the web process: each write is in the history before it is made, with who asked. */
import { acceptedPath } from '../api/accepted.ts';
import type { AcceptedFile } from '../api/accepted.ts';
import { openFiles } from '../api/files.ts';
import { historyPath } from '../store/place.ts';
import { writeDown } from './asked.ts';
import type { Mirror } from './mirror.ts';
import type { Operator, Who } from './operator.ts';
import { nameOf } from './runs.ts';

type Writing = Pick<Operator, 'readFile' | 'parts' | 'saveFile' | 'createFile' | 'accepted' | 'accept'>;

export function writingFiles(folder: string, mirror: Mirror | undefined): Writing {
  const files = openFiles(folder);

  async function written<T>(who: Who, what: WrittenFile, write: () => Promise<T>): Promise<T> {
    const { event, ended, name, body } = what;
    const told = { who: nameOf(who), run: `file:${name}` };
    await writeDown({ path: historyPath() }, { ...told, event, body: { name, ...body } });
    const result = await write();
    await writeDown({ path: historyPath() }, { ...told, event: ended, body: { name, result: toldOf(result) } });
    await mirror?.refresh();
    return result;
  }

  return {
    readFile: async (name) => (await files.read(name)) ?? null,
    parts: async (name) => (await files.parts(name)) ?? null,
    async saveFile(who, name, change) {
      if (!(await files.list()).includes(name)) return null;
      const { part, base } = change;
      const body = { basedOn: base, ...(part === undefined ? {} : { part }) };
      const what = { event: 'save asked', ended: 'saved', name, body } as const;
      return (await written(who, what, () => files.save(name, change, who))) ?? null;
    },
    createFile: (who, name, text) =>
      written(who, { event: 'create asked', ended: 'created', name, body: {} }, () => files.create(name, text, who)),
    accepted: async (name) => named(name, await files.accepted(name)),
    async accept(who, name, change) {
      if (!(await files.list()).includes(name)) return null;
      const { finding, about, until } = change.added;
      const what = { event: 'accept asked', ended: 'accepted', name, body: { finding, about, until } } as const;
      return named(name, await written(who, what, () => files.accept(name, change, who)));
    },
  };
}

interface WrittenFile {
  readonly event: 'save asked' | 'create asked' | 'accept asked';
  readonly ended: 'saved' | 'created' | 'accepted';
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Nobody is told where the folder lies. */
function named(name: string, file: AcceptedFile | undefined): AcceptedFile | null {
  return file === undefined ? null : { ...file, path: acceptedPath(name) };
}

/** Which text is there now, and not the text. */
function toldOf(result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return null;
  if ('saved' in result && result.saved === false) return 'changed meanwhile';
  if ('hash' in result) return result.hash;
  return 'version' in result ? result.version : null;
}
