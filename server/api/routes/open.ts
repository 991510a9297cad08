import type { FastifyInstance } from 'fastify';
import { sendSignInPage } from '../answers.ts';
import { cookieName, portOf } from '../guard.ts';
import type { Tokens } from '../tokens.ts';

/** `GET /open?token=…`: the one-time link. Turns its token into a session cookie and goes on to the page. */
export function openRoute(server: FastifyInstance, tokens: Tokens): void {
  server.get('/open', (request, reply) => {
    const { token } = request.query as { token?: unknown };
    const session = typeof token === 'string' ? tokens.redeem(token) : undefined;
    if (session === undefined) return sendSignInPage(reply, 'This link was used before, or was never given out.');
    return reply
      .setCookie(cookieName(portOf(server)), session, { httpOnly: true, sameSite: 'strict', path: '/' })
      .redirect('/', 303);
  });
}
