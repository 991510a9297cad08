import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Failure } from '../../core/failure.ts';
import type { Who } from '../../operator/operator.ts';
import type { Formatted } from '../../topology/format/format.ts';
import { topologySchema } from '../../topology/json-schema/generate.ts';
import { MAX_FILE_BYTES } from '../../topology/limits.ts';
import { FileChanged } from '../answers.ts';
import type { TopologyFiles } from '../files.ts';
import { hashOf } from '../files.ts';
import type { TopologyFolder } from '../folder.ts';
import { declaresTopology, SEARCHED } from '../folder.ts';
import type { FileText } from '../schema/file.ts';
import { serveOperation, serveWritten } from './operation.ts';

interface FileRoutes {
  readonly folder: TopologyFolder;
  readonly files: TopologyFiles;
  readonly whoAsks: (request: FastifyRequest) => Who;
}

const document = { formatVersion: 1 as const, diagnostics: [] };

/** The text of a topology: read, checked and formatted while it is edited, and saved. */
export function fileRoutes(server: FastifyInstance, { folder, files, whoAsks }: FileRoutes): void {
  serveOperation(server, 'GET /api/topologies/:name/file', async ({ params: { name } }) => {
    const found = (await files.read(name)) ?? unknown();
    const parts = (await folder.read(name))?.files.filter((path) => folder.nameOf(path) !== name) ?? [];
    return { ...document, file: name, ...found, parts: parts.flatMap(partText) };
  });

  serveWritten(server, 'POST /api/topologies/:name/check', async ({ params: { name }, body: { text } }) => {
    requireSize(text);
    return (await folder.work(name, 'check', { text })) ?? unknown();
  });

  serveOperation(server, 'POST /api/topologies/:name/format', async ({ params: { name }, body: { text } }) => ({
    ...{ formatVersion: 1, ...(await formatted(name, text)) },
  }));

  serveOperation(server, 'PUT /api/topologies/:name/file', async ({ params: { name }, body }, request) => {
    const { text, base, force = false } = body;
    requireTopology(text);
    if ((await formatted(name, text)).text === null && !force)
      throw new Failure('file-wrong', 'The text is no YAML that can be read, so it was not saved.', {
        detail: 'What is wrong in meaning may be saved any time. Mend the syntax, or save it with `force`.',
      });
    const result = (await files.save(name, { text, base }, whoAsks(request))) ?? unknown();
    if (!result.saved) throw new FileChanged(name, { base, present: result.present });
    return { ...document, hash: result.hash };
  });

  serveOperation(server, 'POST /api/topologies', async ({ body: { name, text = emptyTopology(name) } }, request) => {
    requireSize(text);
    requireTopology(text);
    return { ...document, name, ...(await files.create(name, text, whoAsks(request))) };
  });

  const schema = topologySchema();
  serveOperation(server, 'GET /api/schema', () => ({ ...document, schema }));

  async function formatted(name: string, text: string): Promise<Formatted> {
    requireSize(text);
    return (await folder.work(name, 'format', { text })) ?? unknown();
  }

  function partText(path: string): readonly FileText[] {
    const text = files.readPart(path);
    return text === null ? [] : [{ file: folder.nameOf(path), text, hash: hashOf(text) }];
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
