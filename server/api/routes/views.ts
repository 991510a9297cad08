import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Failure } from '../../core/failure.ts';
import { mayAs } from '../../core/role.ts';
import type { ViewStore } from '../../store/views.ts';
import type { TopologyFolder } from '../folder.ts';
import type { ViewList } from '../schema/views.ts';
import { userOf } from '../user.ts';
import { serveOperation } from './operation.ts';

/** Saved views of each topology of the folder, kept apart by who saved them. */
export function viewRoutes(server: FastifyInstance, folder: TopologyFolder, views: ViewStore): void {
  serveOperation(server, 'GET /api/topologies/:name/views', ({ params }, request) => list(params.name, request));

  serveOperation(server, 'PUT /api/topologies/:name/views/:view', async ({ params, body }, request) => {
    const { name: owner, role } = userOf(request);
    if (body.shared && !mayAs(role, 'plan')) {
      throw new Failure('no-rights', 'Views for others need the role plan.', {
        detail: 'Save it as your own; its address can be passed on, too.',
      });
    }
    await requireTopology(params.name);
    const { address, shared } = body;
    await views.save(params.name, { name: params.view, owner, shared, address, saved: new Date().toISOString() });
    return list(params.name, request);
  });

  serveOperation(server, 'DELETE /api/topologies/:name/views/:view', async ({ params }, request) => {
    await requireTopology(params.name);
    // One that is not there is as gone as one that was deleted.
    await views.remove(params.name, params.view, userOf(request).name);
    return list(params.name, request);
  });

  async function list(topology: string, request: FastifyRequest): Promise<ViewList> {
    await requireTopology(topology);
    const { name } = userOf(request);
    const seen = (await views.list(topology)).filter(({ owner, shared }) => shared || owner === name);
    return { formatVersion: 1, diagnostics: [], views: seen.map((view) => ({ ...view, own: view.owner === name })) };
  }

  async function requireTopology(topology: string): Promise<void> {
    if ((await folder.names()).includes(topology)) return;
    throw new Failure('file-unreadable', 'No topology of this folder has that name.');
  }
}
