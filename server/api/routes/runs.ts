import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Operator, Who } from '../../operator/operator.ts';
import { serveOperation } from './operation.ts';

/** What is done to hosts, what was done, and what they are like: all of it is the operator's work. */
export function runRoutes(
  server: FastifyInstance,
  operator: Operator,
  whoAsks: (request: FastifyRequest) => Who,
): void {
  serveOperation(server, 'POST /api/topologies/:name/plan', ({ params, body }, request) =>
    operator.plan(whoAsks(request), params.name, body),
  );
  serveOperation(server, 'POST /api/topologies/:name/apply', ({ params, body }, request) =>
    operator.apply(whoAsks(request), params.name, body),
  );
  serveOperation(server, 'GET /api/topologies/:name/status', ({ params, query }) =>
    operator.status(params.name, query.lab),
  );
  serveOperation(server, 'GET /api/runs', ({ query }) => operator.runs(query));
  serveOperation(server, 'GET /api/runs/:run', ({ params }) => operator.run(params.run));
  serveOperation(server, 'POST /api/runs/:run/confirm', ({ params }, request) =>
    operator.confirm(whoAsks(request), params.run),
  );
  serveOperation(server, 'POST /api/runs/:run/plan', ({ params, body }, request) =>
    operator.planBack(whoAsks(request), params.run, body),
  );
  serveOperation(server, 'POST /api/runs/:run/rollback', ({ params, body }, request) =>
    operator.rollback(whoAsks(request), params.run, body),
  );
}
