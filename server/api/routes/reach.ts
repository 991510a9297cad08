import type { FastifyInstance } from 'fastify';
import { Failure } from '../../core/failure.ts';
import type { TopologyFolder } from '../folder.ts';
import { serveWritten } from './operation.ts';

/** One packet and its answer, hop by hop, on the hosts as the file wants them: what `trunkline reach` says. */
export function reachRoute(server: FastifyInstance, folder: TopologyFolder): void {
  serveWritten(server, 'GET /api/topologies/:name/reach', async ({ params, query }) => {
    const { from, to, without = [] } = query;
    const answer = await folder.work(params.name, 'packets', { from, to, without: [without].flat() });
    if (answer === undefined) throw new Failure('file-unreadable', 'No topology of this folder has that name.');
    return answer;
  });
}
