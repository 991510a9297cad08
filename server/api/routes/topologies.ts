import type { FastifyInstance } from 'fastify';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { hasErrors } from '../../core/diagnostic.ts';
import { Failure } from '../../core/failure.ts';
import type { Compiled, TopologyFolder } from '../folder.ts';
import type { TopologyEntry } from '../schema/topologies.ts';
import { userOf } from '../user.ts';
import { serveOperation, serveWritten } from './operation.ts';

/** What the folder holds, and each topology's graph and diagnostics. */
export function topologyRoutes(server: FastifyInstance, folder: TopologyFolder): void {
  serveOperation(server, 'GET /api/topologies', async (_asked, request) => {
    const topologies: TopologyEntry[] = [];
    const { topologies: open } = userOf(request);
    for (const name of await folder.names()) {
      if (open !== null && !open.includes(name)) continue;
      const compiled = await readable(folder, name);
      if (compiled !== undefined) topologies.push(entry(name, compiled));
    }
    return { formatVersion: 1, diagnostics: [], topologies };
  });

  serveWritten(server, 'GET /api/topologies/:name/graph', async ({ params }) =>
    found(await folder.work(params.name, 'graph', null)),
  );

  serveWritten(server, 'GET /api/topologies/:name/chart', async ({ params, query }) =>
    found(await folder.work(params.name, 'chart', query.format)),
  );

  serveOperation(server, 'GET /api/topologies/:name/diagnostics', async ({ params }) => {
    const { diagnostics } = found(await folder.read(params.name));
    return { formatVersion: 1, diagnostics, ok: !hasErrors(diagnostics) };
  });
}

function found<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Failure('file-unreadable', 'No topology of this folder has that name.');
  return answer;
}

/** A file that is too large to be worked on is listed all the same, as one that is wrong. */
async function readable(folder: TopologyFolder, name: string): Promise<Compiled | 'too-large' | undefined> {
  try {
    return await folder.read(name);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'too-large') return 'too-large';
    throw error;
  }
}

function entry(name: string, compiled: Compiled | 'too-large'): TopologyEntry {
  if (compiled === 'too-large') return { name, topology: null, description: null, ok: false, errors: 1, warnings: 0 };
  const { model, diagnostics } = compiled;
  const count = (severity: Diagnostic['severity']): number =>
    diagnostics.filter((each) => each.severity === severity).length;
  return {
    name,
    topology: model?.topology ?? null,
    description: model?.description ?? null,
    ok: model !== null && !hasErrors(diagnostics),
    errors: count('error'),
    warnings: count('warning'),
  };
}
