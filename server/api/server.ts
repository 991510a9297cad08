import cookie from '@fastify/cookie';
import type { FastifyError, FastifyInstance } from 'fastify';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { Failure } from '../core/failure.ts';
import { sendFailure } from './answers.ts';
import type { TopologyFolder } from './folder.ts';
import { guard } from './guard.ts';
import { setHeaders } from './headers.ts';
import { servePage } from './page.ts';
import { auditRoutes } from './routes/audit.ts';
import { healthRoute } from './routes/health.ts';
import { openRoute } from './routes/open.ts';
import { policyRoutes } from './routes/policy.ts';
import { reachRoute } from './routes/reach.ts';
import { topologyRoutes } from './routes/topologies.ts';
import type { Tokens } from './tokens.ts';

export interface ServerOptions {
  readonly folder: TopologyFolder;
  /** Folder of the built page. */
  readonly page: string;
  readonly tokens: Tokens;
  /** Where a defect is told of: it is never sent to the browser. */
  readonly report: (failure: Error) => void;
}

/** The HTTP server: guarded first, then the API, then the page. It listens nowhere yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: 65_536,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    // A HEAD would use up a one-time link that a preview asks for.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512 },
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler<FastifyError>((error, _request, reply) => {
    if (error instanceof Failure) return sendFailure(reply, error);
    const status = error.statusCode ?? 500;
    if (status < 500) return sendFailure(reply, new Failure('usage', error.message), status);
    options.report(error);
    return sendFailure(
      reply,
      new Failure('internal', 'The server could not answer.', { detail: 'Its terminal says why.' }),
    );
  });
  server.setNotFoundHandler((_request, reply) =>
    sendFailure(reply, new Failure('usage', 'There is nothing here.'), 404),
  );

  await setHeaders(server);
  await server.register(cookie);
  guard(server, options.tokens);
  openRoute(server, options.tokens);
  healthRoute(server);
  topologyRoutes(server, options.folder);
  reachRoute(server, options.folder);
  auditRoutes(server, options.folder);
  policyRoutes(server, options.folder);
  await servePage(server, options.page);
  return server;
}
