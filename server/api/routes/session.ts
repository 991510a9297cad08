import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Accounts, SignedIn } from '../../accounts/accounts.ts';
import { networkOf } from '../../accounts/lockout.ts';
import { TooManySignIns } from '../../accounts/password.ts';
import { newId } from '../../accounts/secrets.ts';
import { Failure } from '../../core/failure.ts';
import { about } from '../about.ts';
import { deviceCookie, sessionCookie } from '../cookies.ts';
import type { Front } from '../front.ts';
import { portOf } from '../front.ts';
import type { Limits } from '../guard.ts';
import { withinLimit } from '../guard.ts';
import { userOf } from '../user.ts';
import { serveOperation } from './operation.ts';

interface SessionRoutes {
  readonly accounts: Accounts;
  readonly front: Front;
  readonly limits: Limits;
}

const NOTHING_MORE = { formatVersion: 1, diagnostics: [] } as const;

/** Signing in and out. What is answered to a wrong sign-in, and what is done for it, is the same for names that are not there. */
export function sessionRoutes(server: FastifyInstance, { accounts, front, limits }: SessionRoutes): void {
  const { attempts } = accounts;
  const limit = server.createRateLimit({
    max: limits.signIns,
    timeWindow: 60_000,
    keyGenerator: (request) => networkOf(request.ip),
  });

  serveOperation(server, 'POST /api/session', async ({ body }, request, reply) => {
    const { name, password, newPassword: next } = body;
    const device = request.cookies[deviceCookie(front, portOf(server)).name];
    const told = { id: newId(), who: '?', tells: about(request) };
    const tooMany = async (why: string): Promise<Failure> => {
      await attempts.addSparingly({ ...told, event: 'refused', tells: { ...told.tells, status: 429, why } });
      void reply.code(429);
      return new Failure('no-rights', why);
    };
    if (!(await withinLimit(limit(request), reply))) throw await tooMany('Too many sign-ins. Wait a little.');
    let result: SignedIn;
    try {
      result = await accounts.signIn({ name, password, next, address: request.ip, device });
    } catch (error) {
      if (error instanceof TooManySignIns) throw await tooMany('Too many sign-ins at once. Wait a little.');
      throw error;
    }
    if (result.type === 'in') {
      await attempts.add({
        ...told,
        who: result.account.name,
        event: 'signed-in',
        tells: { ...told.tells, by: 'password' },
      });
      await beginSession(request, reply, result.account.name);
      if (result.device !== null) {
        const { name: known, options } = deviceCookie(front, portOf(server));
        void reply.setCookie(known, result.device, options);
      }
      return { ...NOTHING_MORE, signedIn: true, change: false };
    }
    if (result.type === 'change') return { ...NOTHING_MORE, signedIn: false, change: true };
    // A name that is not there may be a password, typed into the wrong field.
    const known = await accounts.users.find(name);
    const why = result.type === 'wait' ? 'has to wait' : 'wrong name or password';
    await attempts.add({ ...told, who: known?.name ?? '?', event: 'not-signed-in', tells: { ...told.tells, why } });
    throw refusalOf(result, reply);
  });

  serveOperation(server, 'DELETE /api/session', async (_asked, request, reply) => {
    const { by, name, id } = userOf(request);
    await accounts.sessions.end(id, by === 'link' ? null : name);
    const { name: cookie, options } = sessionCookie(front, portOf(server));
    void reply.clearCookie(cookie, options);
    return NOTHING_MORE;
  });

  /** Always a new secret: one that somebody else put into the browser is not the one that becomes good. */
  async function beginSession(request: FastifyRequest, reply: FastifyReply, user: string): Promise<void> {
    const { name, options } = sessionCookie(front, portOf(server));
    await endFormer(accounts, request.cookies[name]);
    const agent = request.headers['user-agent'] ?? '';
    void reply.setCookie(name, await accounts.sessions.begin({ user, address: request.ip, agent }), options);
  }
}

/** The session that a browser had before it got a new one. */
export async function endFormer({ sessions }: Accounts, cookie: string | undefined): Promise<void> {
  const former = cookie === undefined ? undefined : await sessions.find(cookie);
  if (former !== undefined) await sessions.end(former.id, former.user);
}

function refusalOf(result: Extract<SignedIn, { type: 'wait' | 'wrong' }>, reply: FastifyReply): Failure {
  if (result.type === 'wrong') {
    void reply.code(401);
    return new Failure('no-rights', 'The name or the password is wrong.');
  }
  const seconds = Math.ceil(result.ms / 1000);
  void reply.code(429).header('retry-after', String(seconds));
  return new Failure('no-rights', 'Too many sign-ins failed.', {
    detail: `The next try is taken in ${seconds < 120 ? `${String(seconds)} seconds` : `${String(Math.ceil(seconds / 60))} minutes`}.`,
  });
}
