import type { FastifyInstance } from 'fastify';
import { Failure } from '../../core/failure.ts';
import type { TopologyFolder } from '../folder.ts';
import { serveWritten } from './operation.ts';

/** Who can reach whom, and what is lost while hosts are down. */
export function policyRoutes(server: FastifyInstance, folder: TopologyFolder): void {
  serveWritten(server, 'GET /api/topologies/:name/policy', async ({ params }) =>
    found(await folder.work(params.name, 'policy', null)),
  );
  serveWritten(server, 'GET /api/topologies/:name/without', async ({ params, query }) =>
    found(await folder.work(params.name, 'without', [...new Set([query.host].flat())].sort())),
  );
  serveWritten(server, 'GET /api/topologies/:name/without/worst', async ({ params }) =>
    found(await folder.work(params.name, 'worst', null)),
  );
}

function found<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Failure('file-unreadable', 'No topology of this folder has that name.');
  return answer;
}
