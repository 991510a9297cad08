import type { FastifyInstance } from 'fastify';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { hasErrors } from '../../core/diagnostic.ts';
import { Failure } from '../../core/failure.ts';
import { graphDocument } from '../../model/graph.ts';
import type { Compiled, TopologyFolder } from '../folder.ts';
import type { TopologyEntry } from '../schema/topologies.ts';
import { serveOperation } from './operation.ts';

/** What the folder holds, and each topology's graph and diagnostics. */
export function topologyRoutes(server: FastifyInstance, folder: TopologyFolder): void {
  serveOperation(server, 'GET /api/topologies', async () => {
    const topologies: TopologyEntry[] = [];
    for (const name of await folder.names()) {
      const compiled = await folder.read(name);
      if (compiled) topologies.push(entry(name, compiled));
    }
    return { formatVersion: 1, diagnostics: [], topologies };
  });

  serveOperation(server, 'GET /api/topologies/:name/graph', async ({ params }) => {
    const { model, diagnostics } = await find(params.name);
    return {
      formatVersion: 1,
      diagnostics,
      graph: model === null ? null : graphDocument(model, (file) => folder.nameOf(file)),
    };
  });

  serveOperation(server, 'GET /api/topologies/:name/diagnostics', async ({ params }) => {
    const { diagnostics } = await find(params.name);
    return { formatVersion: 1, diagnostics, ok: !hasErrors(diagnostics) };
  });

  async function find(name: string): Promise<Compiled> {
    const compiled = await folder.read(name);
    if (compiled === undefined) throw new Failure('file-unreadable', 'No topology of this folder has that name.');
    return compiled;
  }
}

function entry(name: string, { model, diagnostics }: Compiled): TopologyEntry {
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
