import cookie from '@fastify/cookie';
import type { FastifyError, FastifyInstance } from 'fastify';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { Failure } from '../core/failure.ts';
import { sendFailure } from './answers.ts';
import type { ViewStore } from '../store/views.ts';
import type { TopologyFolder } from './folder.ts';
import { guard } from './guard.ts';
import { setHeaders } from './headers.ts';
import type { LogOptions } from './log.ts';
import { logRequests, logSettings } from './log.ts';
import { serveMetrics } from './metrics.ts';
import { servePage } from './page.ts';
import { docsRoutes } from './routes/docs.ts';
import { healthRoute } from './routes/health.ts';
import { openRoute } from './routes/open.ts';
import { reachRoute } from './routes/reach.ts';
import { topologyRoutes } from './routes/topologies.ts';
import { viewRoutes } from './routes/views.ts';
import type { Tokens } from './tokens.ts';
import type { WorkFigures } from './work/figures.ts';

export interface ServerOptions {
  readonly folder: TopologyFolder;
  readonly views: ViewStore;
  /** Folder of the built page. */
  readonly page: string;
  readonly tokens: Tokens;
  /** What its threads have done, for `/metrics`. */
  readonly work: WorkFigures;
  readonly log?: LogOptions | undefined;
  /** Where a defect is told of: it is never sent to the browser. */
  readonly report: (failure: Error) => void;
}

/** The HTTP server: guarded first, then the API, then the page. It listens nowhere yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    ...logSettings(options.log),
    bodyLimit: 65_536,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    // A HEAD would use up a one-time link that a preview asks for.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512 },
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof Failure) return sendFailure(reply, error);
    const status = error.statusCode ?? 500;
    if (status < 500) return sendFailure(reply, new Failure('usage', error.message), status);
    request.log.error({ err: error }, 'defect');
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
  logRequests(server);
  guard(server, options.tokens);
  serveMetrics(server, options.work);
  docsRoutes(server);
  openRoute(server, options.tokens);
  healthRoute(server);
  topologyRoutes(server, options.folder);
  reachRoute(server, options.folder);
  viewRoutes(server, options.folder, options.views);
  await servePage(server, options.page);
  return server;
}
