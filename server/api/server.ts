import cookie from '@fastify/cookie';
import type { FastifyError, FastifyInstance } from 'fastify';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Accounts } from '../accounts/accounts.ts';
import { Failure } from '../core/failure.ts';
import { sendFailure } from './answers.ts';
import type { TopologyFiles } from './files.ts';
import type { ViewStore } from '../store/views.ts';
import type { TopologyFolder } from './folder.ts';
import type { Front } from './front.ts';
import type { Limits } from './guard.ts';
import { guard } from './guard.ts';
import { setHeaders } from './headers.ts';
import type { LogOptions } from './log.ts';
import { logRequests, logSettings } from './log.ts';
import { serveMetrics } from './metrics.ts';
import { servePage } from './page.ts';
import { fileRoutes } from './routes/file.ts';
import { openLiveEvents } from './live.ts';
import { accountRoutes } from './routes/account.ts';
import { auditRoutes } from './routes/audit.ts';
import { docsRoutes } from './routes/docs.ts';
import { eventRoute } from './routes/events.ts';
import { healthRoute } from './routes/health.ts';
import { openRoute } from './routes/open.ts';
import { policyRoutes } from './routes/policy.ts';
import { reachRoute } from './routes/reach.ts';
import { reportRoutes } from './routes/reports.ts';
import { runRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/session.ts';
import { topologyRoutes } from './routes/topologies.ts';
import { userRoutes } from './routes/users.ts';
import { viewRoutes } from './routes/views.ts';
import { signInRoutes } from './sign-in.ts';
import { endSilentConnections } from './silent-connections.ts';
import type { Links } from './links.ts';
import type { Operator } from '../operator/operator.ts';
import type { WorkFigures } from './work/figures.ts';

export interface ServerOptions {
  readonly folder: TopologyFolder;
  readonly files: TopologyFiles;
  /** For whatever needs rights. */
  readonly operator: Operator;
  readonly views: ViewStore;
  /** Folder of the built page. */
  readonly page: string;
  readonly accounts: Accounts;
  readonly links: Links;
  readonly front: Front;
  readonly limits: Limits;
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
    trustProxy: (address) => options.front.proxies.includes(address),
    routerOptions: { maxParamLength: 512 },
  });
  endSilentConnections(server);
  // What is sent along is JSON: a form of another site could send text.
  server.removeContentTypeParser('text/plain');
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    // Where the handler has said a status, it knows more.
    if (error instanceof Failure)
      return sendFailure(reply, error, reply.statusCode >= 400 ? reply.statusCode : undefined);
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

  await setHeaders(server, options.front);
  await server.register(cookie);
  logRequests(server);
  await guard(server, options);
  serveMetrics(server, {
    work: options.work,
    runs: async () => (await options.operator.runs({ limit: 200 })).runs,
  });
  docsRoutes(server);
  openRoute(server, options);
  signInRoutes(server);
  sessionRoutes(server, options);
  accountRoutes(server, options.accounts);
  userRoutes(server, options.accounts);
  healthRoute(server);
  topologyRoutes(server, options.folder);
  reachRoute(server, options.folder);
  reportRoutes(server, options.folder);
  fileRoutes(server, options);
  viewRoutes(server, options.folder, options.views);
  auditRoutes(server, options);
  policyRoutes(server, options.folder);
  runRoutes(server, options.operator);
  eventRoute(server, openLiveEvents(options.operator));
  await servePage(server, options.page);
  return server;
}
