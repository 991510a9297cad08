import type { FastifyInstance } from 'fastify';
import { Failure } from '../../core/failure.ts';
import type { TopologyFolder } from '../folder.ts';
import { serveWritten } from './operation.ts';

export function reportRoutes(server: FastifyInstance, folder: TopologyFolder): void {
  serveWritten(server, 'GET /api/topologies/:name/reports/check', async ({ params }) =>
    found(await folder.work(params.name, 'checkReport', null)),
  );
  serveWritten(server, 'GET /api/topologies/:name/reports/flows', async ({ params, query }) => {
    const { from = null, to = null, many, without = [] } = query;
    return found(await folder.work(params.name, 'flowsReport', { from, to, many, without: [without].flat() }));
  });
}

function found(answer: string | undefined): string {
  if (answer === undefined) throw new Failure('file-unreadable', 'No topology of this folder has that name.');
  return answer;
}
