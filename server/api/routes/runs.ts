import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Operator } from '../../operator/operator.ts';
import type { Run } from '../schema/runs.ts';
import { requireTopology, userOf, whoOf } from '../user.ts';
import { serveOperation } from './operation.ts';

/** What is done to hosts, what was done, and what they are like: all of it is the operator's work. */
export function runRoutes(server: FastifyInstance, operator: Operator): void {
  /** A run is named by its id: whether whoever asks may know of it is found out by what it is of. */
  const runFor = async (request: FastifyRequest, run: string): Promise<Run> => {
    const found = await operator.run(run);
    requireTopology(request, found.run.name);
    return found;
  };
  const requireRun = async (request: FastifyRequest, run: string): Promise<void> => {
    if (userOf(request).topologies !== null) await runFor(request, run);
  };

  serveOperation(server, 'POST /api/topologies/:name/plan', ({ params, body }, request) =>
    operator.plan(whoOf(request), params.name, body),
  );
  serveOperation(server, 'POST /api/topologies/:name/apply', ({ params, body }, request) =>
    operator.apply(whoOf(request), params.name, body),
  );
  serveOperation(server, 'GET /api/topologies/:name/status', ({ params, query }) =>
    operator.status(params.name, query.lab),
  );
  serveOperation(server, 'GET /api/runs', ({ query }, request) => {
    const { topologies: names } = userOf(request);
    return operator.runs(names === null ? query : { ...query, names });
  });
  serveOperation(server, 'GET /api/runs/:run', ({ params }, request) => runFor(request, params.run));
  serveOperation(server, 'POST /api/runs/:run/confirm', async ({ params }, request) => {
    await requireRun(request, params.run);
    return operator.confirm(whoOf(request), params.run);
  });
  serveOperation(server, 'POST /api/runs/:run/plan', async ({ params, body }, request) => {
    await requireRun(request, params.run);
    return operator.planBack(whoOf(request), params.run, body);
  });
  serveOperation(server, 'POST /api/runs/:run/rollback', async ({ params, body }, request) => {
    await requireRun(request, params.run);
    return operator.rollback(whoOf(request), params.run, body);
  });
}
