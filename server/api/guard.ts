/**
 * The one way in: every request passes here, known route or not, before anything else is done with it. What is not listed is closed;
 * what changes anything is written down before it is done.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import { networkOf } from '../accounts/lockout.ts';
import { newId } from '../accounts/secrets.ts';
import { Failure } from '../core/failure.ts';
import { mayAs } from '../core/role.ts';
import { about, isReading } from './about.ts';
import { accessOf, operationOf } from './access.ts';
import { sendFailure } from './answers.ts';
import type { Front } from './front.ts';
import { namesOf, portOf } from './front.ts';
import { closeWithSession } from './open-answers.ts';
import { sendSignIn } from './sign-in.ts';
import type { User } from './user.ts';
import { whoAsks } from './who-asks.ts';

export interface Limits {
  /** A minute: of one client, and of one user. */
  readonly requests: number;
  /** A minute, of one client. */
  readonly signIns: number;
}

export const USUAL_LIMITS: Limits = { requests: 1200, signIns: 20 };

export interface GuardOptions {
  readonly accounts: Accounts;
  readonly front: Front;
  readonly limits: Limits;
  /** Where it is told that something could not be written down. */
  readonly report: (failure: Error) => void;
}

/** Why a request goes no further. */
interface Refusal {
  readonly status: number;
  readonly summary: string;
  readonly detail?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What is written down of it, where it is. */
    attempt: string | null;
  }
}

export async function guard(server: FastifyInstance, options: GuardOptions): Promise<void> {
  const { accounts, front, limits, report } = options;
  server.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      if (accessOf(method, route.url) === undefined) {
        throw new Failure('internal', `The route ${method} ${route.url} has no row in the table of access.`);
      }
    }
  });
  server.decorateRequest('user', null);
  server.decorateRequest('attempt', null);
  await server.register(rateLimit, { global: false });
  const minute = { max: limits.requests, timeWindow: 60_000 };
  const clientLimit = server.createRateLimit({ ...minute, keyGenerator: (request) => networkOf(request.ip) });
  const userLimit = server.createRateLimit({ ...minute, keyGenerator: ({ user }) => `user ${user?.name ?? ''}` });
  const answers = closeWithSession(server, accounts);

  const refuse = async (request: FastifyRequest, reply: FastifyReply, refusal: Refusal): Promise<FastifyReply> => {
    const { status, summary, detail } = refusal;
    const tells = { ...about(request), status, why: summary };
    await accounts.attempts
      .addSparingly({ id: newId(), who: request.user?.name ?? '?', event: 'refused', tells })
      .catch(report);
    if (status === 401) {
      void reply.header('www-authenticate', 'Bearer');
      const wantsPage = request.headers.accept?.includes('text/html') ?? false;
      if (wantsPage) return sendSignIn(reply, await accounts.hasUsers());
    }
    return sendFailure(reply, new Failure('no-rights', summary, detail === undefined ? {} : { detail }), status);
  };

  server.addHook('onRequest', async (request, reply) => {
    const wrong = wrongWay(request, front, portOf(server));
    if (wrong !== undefined) return refuse(request, reply, wrong);
    if (!(await withinLimit(clientLimit(request), reply))) return refuse(request, reply, TOO_MANY);
    const access = accessOf(request.method, request.routeOptions.url);
    if (access === 'link' || access === 'anyone') return undefined;
    const asked = await whoAsks(request, accounts, front, portOf(server));
    if ('summary' in asked) return refuse(request, reply, asked);
    request.user = asked;
    if (!(await withinLimit(userLimit(request), reply))) return refuse(request, reply, TOO_MANY);
    const lacking = access === undefined ? undefined : lackingRight(request, asked, access);
    if (lacking !== undefined) return refuse(request, reply, lacking);
    answers.watch(reply, asked);
    // What is not there is answered as such, to whoever may know.
    if (access === undefined || isReading(request)) return undefined;
    request.attempt = newId();
    const tells = { ...about(request), by: asked.by };
    await accounts.attempts.add({ id: request.attempt, who: asked.name, event: 'asked', tells });
    return undefined;
  });

  server.addHook('onSend', async (request, reply) => {
    if (request.attempt === null) return;
    const id = request.attempt;
    request.attempt = null;
    const tells = { what: about(request).what, status: reply.statusCode };
    // It is done by now: that its end could not be written down is no reason to call it failed.
    await accounts.attempts.add({ id, who: request.user?.name ?? '?', event: 'answered', tells }).catch(report);
  });
}

const TOO_MANY: Refusal = { status: 429, summary: 'Too many requests. Wait a little.' };

type Limited = ReturnType<ReturnType<FastifyInstance['createRateLimit']>>;

export async function withinLimit(limited: Limited, reply: FastifyReply): Promise<boolean> {
  const found = await limited;
  if (found.isAllowed || !found.isExceeded) return true;
  void reply.header('retry-after', String(found.ttlInSeconds));
  return false;
}

/** What no credentials make right. */
function wrongWay(request: FastifyRequest, front: Front, port: number): Refusal | undefined {
  const peer = request.socket.remoteAddress ?? '';
  if (front.onlyProxies && !front.proxies.includes(peer))
    return { status: 403, summary: 'This server is asked through its proxy only.' };
  const { hosts, origins } = namesOf(front, port);
  // A page elsewhere can make its own name resolve to 127.0.0.1 (DNS rebinding): its requests then carry that name.
  if (!hosts.includes(request.headers.host ?? '')) return { status: 421, summary: 'The request names another server.' };
  if (request.headers.upgrade !== undefined) return { status: 400, summary: 'Upgrades are not accepted.' };
  const { origin, authorization } = request.headers;
  const foreign = origin !== undefined && !origins.includes(origin);
  // A program with a token has no origin; a page elsewhere cannot send that header along.
  const lacking = origin === undefined && !isReading(request) && authorization === undefined;
  if (foreign || lacking) return { status: 403, summary: 'The request comes from another site.' };
  return undefined;
}

function lackingRight(request: FastifyRequest, user: User, access: User['role']): Refusal | undefined {
  if (!mayAs(user.role, access))
    return {
      status: 403,
      summary: `This needs the role ${access}.`,
      detail: `${user.name} has the role ${user.role}${user.by === 'token' ? ' with this token' : ''}.`,
    };
  if (user.by !== 'token') return undefined;
  const operation = operationOf(request.method, request.routeOptions.url);
  if (operation?.signedIn === true)
    return { status: 403, summary: 'This is for somebody who signed in: no token is good for it.' };
  if (user.topologies === null || operation?.looksAtTopology === true) return undefined;
  const { name } = request.params as { readonly name?: string };
  const named = request.routeOptions.url?.startsWith('/api/topologies/:name/') === true ? name : undefined;
  if (named !== undefined && user.topologies.includes(named)) return undefined;
  return { status: 403, summary: 'This token is good for some topologies only, and not for this.' };
}
