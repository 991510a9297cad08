import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.ts';
import { whoRuns } from '../run/plans.ts';
import { accessOf } from './access.ts';
import { sendFailure, sendSignInPage } from './answers.ts';
import type { Tokens } from './tokens.ts';
import './user.ts';

/** Cookies do not know ports: the name keeps two servers on one machine apart. */
export function cookieName(port: number): string {
  return `trunkline-${String(port)}`;
}

/** Registers the one hook that every request passes, known route or not, before anything else is done with it. */
export function guard(server: FastifyInstance, tokens: Tokens): void {
  server.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      if (accessOf(method, route.url) === undefined) {
        throw new Failure('internal', `The route ${method} ${route.url} has no row in the table of access.`);
      }
    }
  });

  server.decorateRequest('user', null);
  server.addHook('onRequest', async (request, reply) => {
    const port = portOf(server);
    const refusal = refuse(request, port);
    if (refusal) return sendFailure(reply, new Failure('no-rights', refusal.summary), refusal.status);
    if (accessOf(request.method, request.routeOptions.url) === 'link') return undefined;
    if (tokens.isSession(request.cookies[cookieName(port)])) {
      request.user = { name: whoRuns(), role: 'admin', by: 'link', topologies: null, id: 'link' };
      return undefined;
    }
    return sendUnauthorized(request, reply);
  });
}

export function portOf(server: FastifyInstance): number {
  const address = server.server.address();
  // Not listening, or on a socket without a port: no Host header can be right.
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Refusal {
  readonly status: number;
  readonly summary: string;
}

function refuse(request: FastifyRequest, port: number): Refusal | undefined {
  const authorities = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${String(port)}`);
  // A page elsewhere can make its own name resolve to 127.0.0.1 (DNS rebinding): its requests then carry that name.
  if (!authorities.includes(request.headers.host ?? ''))
    return { status: 421, summary: 'The request names another server.' };
  if (request.headers.upgrade !== undefined) return { status: 400, summary: 'Upgrades are not accepted.' };
  const { origin } = request.headers;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const foreign = origin !== undefined && !authorities.some((authority) => origin === `http://${authority}`);
  if (foreign || (origin === undefined && !reads))
    return { status: 403, summary: 'The request comes from another site.' };
  return undefined;
}

function sendUnauthorized(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const wantsPage = request.headers.accept?.includes('text/html') ?? false;
  if (wantsPage) return sendSignInPage(reply, 'This page is not open to everybody on this machine.');
  const failure = new Failure('no-rights', 'There is no session.', {
    detail: 'Use the link that was printed when the server was started.',
  });
  return sendFailure(reply, failure, 401);
}
