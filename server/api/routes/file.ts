import type { FastifyInstance } from 'fastify';
import { Failure } from '../../core/failure.ts';
import type { Formatted } from '../../topology/format/format.ts';
import { topologySchema } from '../../topology/json-schema/generate.ts';
import { MAX_FILE_BYTES } from '../../topology/limits.ts';
import { FileChanged } from '../answers.ts';
import type { TopologyFiles } from '../files.ts';
import type { TopologyFolder } from '../folder.ts';
import { declaresTopology, SEARCHED } from '../folder.ts';
import type { Draft } from '../work/jobs.ts';
import type { User } from '../user.ts';
import { mayTopology, userOf, whoOf } from '../user.ts';
import { serveOperation, serveWritten } from './operation.ts';

interface FileRoutes {
  readonly folder: TopologyFolder;
  readonly files: TopologyFiles;
}

const document = { formatVersion: 1 as const, diagnostics: [] };

/** The text of a topology: read, checked and formatted while it is edited, and saved. */
export function fileRoutes(server: FastifyInstance, { folder, files }: FileRoutes): void {
  serveOperation(server, 'GET /api/topologies/:name/file', async ({ params: { name } }) => {
    const found = (await files.read(name)) ?? unknown();
    return { ...document, file: name, ...found, parts: (await files.parts(name)) ?? [] };
  });

  serveWritten(server, 'POST /api/topologies/:name/check', async ({ params: { name }, body }) => {
    requireSize(body.text);
    return (await folder.work(name, 'check', body)) ?? unknown();
  });

  serveOperation(server, 'POST /api/topologies/:name/format', async ({ params: { name }, body }) => ({
    ...{ formatVersion: 1, ...(await formatted(name, body)) },
  }));

  serveOperation(server, 'PUT /api/topologies/:name/file', async ({ params: { name }, body }, request) => {
    const { text, part, base, force = false } = body;
    if (part === undefined) requireTopology(text);
    else await requirePart(part, text, userOf(request));
    if ((await formatted(name, { text, part })).text === null && !force)
      throw new Failure('file-wrong', 'The text is no YAML that can be read, so it was not saved.', {
        detail: 'What is wrong in meaning may be saved any time. Mend the syntax, or save it with `force`.',
      });
    const result = (await files.save(name, { text, part, base }, whoOf(request))) ?? unknown();
    if (!result.saved) throw new FileChanged(part ?? name, { base, present: result.present });
    return { ...document, hash: result.hash };
  });

  serveOperation(server, 'POST /api/topologies', async ({ body: { name, text = emptyTopology(name) } }, request) => {
    requireSize(text);
    requireTopology(text);
    return { ...document, name, ...(await files.create(name, text, whoOf(request))) };
  });

  const schema = topologySchema();
  serveOperation(server, 'GET /api/schema', () => ({ ...document, schema }));

  async function formatted(name: string, draft: Draft): Promise<Formatted> {
    requireSize(draft.text);
    return (await folder.work(name, 'format', draft)) ?? unknown();
  }

  /** With that key it would be a topology of its own. And what others use, too, is not for whoever may change one of them only. */
  async function requirePart(part: string, text: string, user: User): Promise<void> {
    if (declaresTopology(Buffer.from(text).toString('utf8', 0, SEARCHED)))
      throw new Failure('file-wrong', 'A file that others use names no topology, so it was not saved.', {
        detail: 'Take out the key `topology`: it belongs into the file that uses this one.',
      });
    if (user.topologies === null) return;
    for (const name of await folder.names()) {
      if (mayTopology(user, name)) continue;
      const used = (await folder.read(name))?.files.map((path) => folder.nameOf(path)) ?? [];
      if (used.includes(part))
        throw new Failure('no-rights', 'This token is not good for all topologies that use this file.');
    }
  }
}

function unknown(): never {
  throw new Failure('file-unreadable', 'No topology of this folder has that name.');
}

function requireSize(text: string): void {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES)
    throw new Failure('usage', 'The text is larger than 1 MiB.', { detail: 'Split it into several topologies.' });
}

/** Without that key the file would vanish from the folder's topologies, and could not be mended from here. */
function requireTopology(text: string): void {
  if (!declaresTopology(Buffer.from(text).toString('utf8', 0, SEARCHED)))
    throw new Failure('file-wrong', 'The text names no topology, so it was not saved.', {
      detail: 'A topology is known by the key `topology` at the start of a line, near the start of the file.',
    });
}

function emptyTopology(name: string): string {
  const stem = name.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
  const plain = stem
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return `topology: ${plain.slice(0, 63) || 'new'}\n`;
}
