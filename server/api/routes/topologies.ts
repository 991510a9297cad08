import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { hasErrors } from '../../core/diagnostic.ts';
import { Failure } from '../../core/failure.ts';
import { graphDocument } from '../../model/graph.ts';
import type { Compiled, TopologyFolder } from '../folder.ts';
import type { TopologyEntry } from '../schema.ts';
import { TopologyDiagnostics, TopologyGraph, TopologyList, TopologyParams } from '../schema.ts';

/** What the folder holds, and each topology's graph and diagnostics. */
export function topologyRoutes(server: FastifyInstance, folder: TopologyFolder): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get('/api/topologies', { schema: { response: { 200: TopologyList } } }, async () => {
    const topologies: TopologyEntry[] = [];
    for (const name of await folder.names()) {
      const compiled = await folder.read(name);
      if (compiled) topologies.push(entry(name, compiled));
    }
    return { formatVersion: 1 as const, diagnostics: [], topologies };
  });

  routes.get(
    '/api/topologies/:name/graph',
    { schema: { params: TopologyParams, response: { 200: TopologyGraph } } },
    async (request) => {
      const { model, diagnostics } = await find(request.params.name);
      return { formatVersion: 1 as const, diagnostics, graph: model === null ? null : graphDocument(model) };
    },
  );

  routes.get(
    '/api/topologies/:name/diagnostics',
    { schema: { params: TopologyParams, response: { 200: TopologyDiagnostics } } },
    async (request) => {
      const { diagnostics } = await find(request.params.name);
      return { formatVersion: 1 as const, diagnostics, ok: !hasErrors(diagnostics) };
    },
  );

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
